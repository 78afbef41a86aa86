"""Language and colours: kept with the person (language) and with the browser (both), by forms that need no script."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from host.users import set_language
from host.web.pages.current import own_path, services

LANGUAGES = (("en", "English"), ("ja", "日本語"))
THEMES = ("auto", "light", "dark")
_YEAR = 365 * 24 * 3600

blueprint = Blueprint("preferences", __name__, url_prefix="/preferences")


@blueprint.post("/language")
def language() -> ResponseReturnValue:
    wanted = request.form.get("language", "")
    if wanted in dict(LANGUAGES) and current_user.is_authenticated:
        set_language(services(), current_user.id, wanted)
    return _remembering("language", wanted, tuple(dict(LANGUAGES)))


@blueprint.post("/theme")
def theme() -> ResponseReturnValue:
    return _remembering("theme", request.form.get("theme", ""), THEMES)


def chosen_theme() -> str:
    """The colours this browser asked for: light, dark, or auto (as the system has it)."""
    wanted = request.cookies.get("theme", "auto")
    return wanted if wanted in THEMES else "auto"


def _remembering(name: str, value: str, allowed: tuple[str, ...]) -> ResponseReturnValue:
    answer = redirect(own_path(request.form.get("next"), "/"))
    if value in allowed:
        secure = services().config.secure_cookies
        answer.set_cookie(name, value, max_age=_YEAR, samesite="Lax", httponly=True, secure=secure)
    return answer
