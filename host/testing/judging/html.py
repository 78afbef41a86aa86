"""What can be told of a page from its text: title, headings, labels, what the security policy would refuse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_TYPED = {"input", "select", "textarea"}
_UNLABELLED = {"hidden", "submit", "button", "reset", "image"}


@dataclass(slots=True)
class _Seen:
    headings: int = 0
    title: str = ""
    language: str = ""
    labels: set[str] = field(default_factory=set)
    ids: list[str] = field(default_factory=list)
    fields: list[tuple[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    pictures: int = 0


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen = _Seen()
        self._in: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._count(tag, given)
        if tag in _TYPED and given.get("type") not in _UNLABELLED:
            named = "label" in self._in or any(given.get(name) for name in ("aria-label", "aria-labelledby", "title"))
            self.seen.fields.append(("" if named else given.get("id", "-"), given.get("name", tag)))
        self._refusals(tag, given)
        if tag in ("label", "title"):
            self._in.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._in:
            self._in.remove(tag)

    def handle_data(self, data: str) -> None:
        if "title" in self._in:
            self.seen.title += data.strip()

    def _count(self, tag: str, given: dict[str, str]) -> None:
        self.seen.headings += tag == "h1"
        if tag == "html":
            self.seen.language = given.get("lang", "")
        if tag == "label" and given.get("for"):
            self.seen.labels.add(given["for"])
        if given.get("id"):
            self.seen.ids.append(given["id"])
        self.seen.pictures += tag == "img" and "alt" not in given

    def _refusals(self, tag: str, given: dict[str, str]) -> None:
        self.seen.refused.extend(f"the attribute {name}" for name in given if name.startswith("on") or name == "style")
        if tag == "style" or (tag == "script" and not given.get("src") and "nonce" not in given):
            self.seen.refused.append(f"an inline <{tag}>")


def faults_of_page(text: str) -> Iterator[str]:
    """What a person with a screen reader, or the security policy, would stumble over."""
    reader = _Reader()
    reader.feed(text)
    seen = reader.seen
    if seen.headings != 1:
        yield f"has {seen.headings} headings <h1>; one says what the page is"
    if not seen.title:
        yield "has no title"
    if not seen.language:
        yield "does not say its language"
    yield from (f"has a field without a label: {name}" for named, name in seen.fields if named and named not in seen.labels)
    yield from (f"has the id {name} twice" for name in dict.fromkeys(seen.ids) if seen.ids.count(name) > 1)
    yield from (f"holds {what}, which the security policy refuses" for what in dict.fromkeys(seen.refused))
    if seen.pictures:
        yield "has a picture without a text for those who do not see it (alt)"
