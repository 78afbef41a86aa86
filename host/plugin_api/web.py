"""What a plugin's pages and API routes need of the host: who is asking, and may they."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import abort
from flask_login import current_user

P = ParamSpec("P")
R = TypeVar("R")


def actor() -> str:
    """The e-mail address of the person (or the name of the API token) behind this request, for logs of who did what."""
    return str(current_user.get_id_for_audit()) if current_user.is_authenticated else "anonymous"


def is_admin() -> bool:
    """Whether the person or token behind this request has the role admin."""
    return bool(current_user.is_authenticated and current_user.role == "admin")


def admin_required(view: Callable[P, R]) -> Callable[P, R]:
    """Let only admins in; anybody else gets 403."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not is_admin():
            abort(403)
        return view(*args, **kwargs)

    return guarded
