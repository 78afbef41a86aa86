"""Logging in and out."""

from __future__ import annotations

import math

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from host.security.authentication import LoginRefused, authenticate
from host.web import session
from host.web.known_browser import known_browser, remember
from host.web.pages.current import own_path, services
from host.web.pages.sentences import said

blueprint = Blueprint("entrance", __name__)


@blueprint.get("/")
def home() -> ResponseReturnValue:
    return redirect(url_for("history.index"))


@blueprint.get("/login")
def login() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(_next_path())
    return _form()


@blueprint.post("/login")
def enter() -> ResponseReturnValue:
    email = request.form.get("email", "").strip()
    password, address, browser = request.form.get("password", ""), request.remote_addr or "", known_browser(request, email)
    try:
        user = authenticate(services(), email, password, address, browser)
    except LoginRefused as refused:
        return _refused(email, refused)
    session.begin(user)
    answer = make_response(redirect(_next_path()))
    remember(answer, user.email)
    return answer


@blueprint.post("/logout")
def logout() -> ResponseReturnValue:
    session.end()
    return redirect(url_for("entrance.login"))


def _next_path() -> str:
    return own_path(request.args.get("next"), url_for("history.index"))


def _refused(email: str, refused: LoginRefused) -> ResponseReturnValue:
    page = _form(email=email, refused=said(refused.message))
    if refused.retry_after is None:
        return page, 401
    return page, 429, {"Retry-After": str(math.ceil(refused.retry_after.total_seconds()))}


def _form(email: str = "", refused: str = "") -> str:
    return render_template("login.html", email=email, refused=refused, next_path=request.args.get("next"), errors={})
