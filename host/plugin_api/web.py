"""What a plugin's pages and API routes need of the host: who is asking, and may they."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar, cast

from flask import abort, current_app, g
from flask_babel import gettext
from flask_login import current_user

from host.plugin_api.calls import RecordRef
from host.sentences import Sentence, translated

P = ParamSpec("P")
R = TypeVar("R")
ERROR_INBOX = "tsunagu_error_inbox"
LOOK_UP_AGAIN = "tsunagu_look_up_again"
DIAL = "tsunagu_dial"


class Identity(Protocol):
    """Who is behind a request: a person who logged in, or an API token."""

    is_authenticated: bool
    role: str
    audit_name: str


def identity() -> Identity:
    """Who is behind this request."""
    return cast("Identity", current_user)


def actor() -> str:
    """The e-mail address of the person (or the name of the API token) behind this request, for logs of who did what."""
    return identity().audit_name if identity().is_authenticated else "anonymous"


def is_admin() -> bool:
    """Whether the person or token behind this request has the role admin."""
    return identity().is_authenticated and identity().role == "admin"


def admin_required(view: Callable[P, R]) -> Callable[P, R]:
    """Let only admins in; anybody else gets 403."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not is_admin():
            abort(403)
        return view(*args, **kwargs)

    return guarded


class ErrorInbox(Protocol):
    """The inbox of integration errors, for the template `errors/inbox.html`. `count`: how many need a person."""

    @property
    def count(self) -> int: ...


def error_inbox(plugin: str) -> ErrorInbox:
    """What is stopped of this plugin, grouped by its reason, to be tried again or dropped on the page being answered.

    Render a template that includes `errors/inbox.html`, with it as `inbox`, for admins only.
    """
    return cast("ErrorInbox", current_app.extensions[ERROR_INBOX](plugin))


def look_up_again(call_id: str) -> None:
    """Have the plugins look an ended call up anew, in the name of who is behind this request (R23). Durable, and logged."""
    current_app.extensions[LOOK_UP_AGAIN](call_id)


def dial(number: str, record: RecordRef | None = None) -> str:
    """Ring the phone of the person behind this request, then call the number, as clicking one does (R22).

    Gives back the id of the new call. `record`: the record of the CRM whose number it is. In a template `ui.number` is
    enough.

    Raises:
        NotDialled: it cannot be done; the message says why and what to do.
    """
    return str(current_app.extensions[DIAL](number, record))


class NotDialled(Exception):
    """No call was made; `message` is a sentence for the person who clicked."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def said(text: str) -> str:
    """A text marked for the catalogue, or a `Sentence`, in the language of the answer."""
    return translated(text if isinstance(text, Sentence) else Sentence(text), gettext) if text else text


def allow_form_redirect(*origins: str) -> None:
    """Let the forms of the page being answered lead on to these origins ("https://login.example.com").

    Browsers otherwise refuse a form whose answer redirects to another site (Content-Security-Policy, form-action).
    """
    g.setdefault("form_redirects", []).extend(origins)


def allowed_form_redirects() -> tuple[str, ...]:
    """What `allow_form_redirect` allowed for this answer."""
    return tuple(g.get("form_redirects", ()))
