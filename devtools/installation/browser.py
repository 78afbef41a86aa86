"""A browser without a screen: opens pages, follows redirects, keeps cookies, fills in forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests


class PageFailed(Exception):
    """A page answered with an error, or lacks the form that was looked for."""


@dataclass(slots=True)
class Form:
    """A form as it stands in a page: hidden fields, the visible ones' values, and its buttons by name."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def holds(self, name: str) -> bool:
        return name in self.fields or any(name == button for button, _ in self.buttons)


@dataclass(frozen=True, slots=True)
class Page:
    """What a request led to in the end."""

    url: str
    text: str
    forms: list[Form]

    def form(self, wanted: str) -> Form:
        """The form that has a field of that name, or whose action contains it.

        Raises:
            PageFailed: there is none.
        """
        for form in self.forms:
            if form.holds(wanted) or wanted in form.action:
                return form
        raise PageFailed(f"{self.url.partition('?')[0]} has no form with {wanted!r}")


class Browser:
    """One browser window."""

    def __init__(self, ca_file: str | bool = True) -> None:
        self._session = requests.Session()
        self._session.verify = ca_file
        self._session.trust_env = False  # this machine only: no proxy may stand between

    def open(self, url: str) -> Page:
        return self._page(self._session.get(url, timeout=30))

    def submit(self, page: Page, form: Form, values: dict[str, str] | None = None, button: str = "") -> Page:
        """Send a form as a person would who typed `values` and pressed the button of that name."""
        pressed = [(name, value) for name, value in form.buttons if name == button]
        data = {**form.fields, **dict(pressed), **(values or {})}
        url = urljoin(page.url, form.action)
        headers = {"Referer": page.url}
        if form.method == "get":
            return self._page(self._session.get(url, params=data, headers=headers, timeout=60))
        return self._page(self._session.post(url, data=data, headers=headers, timeout=60))

    def _page(self, reply: requests.Response) -> Page:
        if reply.status_code >= 400:
            raise PageFailed(f"{reply.url.partition('?')[0]} answered {reply.status_code} {reply.reason}")
        reader = _FormReader()
        reader.feed(reply.text)
        return Page(reply.url, reply.text, reader.forms)


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(values.get("action", ""), values.get("method", "get").lower()))
            self._inside = True
        elif self._inside and tag in ("input", "button", "textarea", "select") and values.get("name"):
            self._add(tag, values)

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"

    def _add(self, tag: str, values: dict[str, str]) -> None:
        kind = values.get("type", "submit" if tag == "button" else "text")
        if kind == "submit":
            self.forms[-1].buttons.append((values["name"], values.get("value", "")))
        elif kind not in ("checkbox", "radio") or "checked" in values:
            self.forms[-1].fields[values["name"]] = values.get("value", "on" if kind == "checkbox" else "")
