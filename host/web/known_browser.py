"""Remembers, in a signed cookie, that a person logged in with this browser.

Guessing at somebody's password slows down logging in as them from anywhere else; here their own failures count, so that
nobody can keep a person out of their own browser.
"""

from __future__ import annotations

import hashlib
import secrets

from flask import Request, Response, current_app
from itsdangerous import BadSignature, URLSafeSerializer

from host.security.users import plain_email
from host.web.current import services_here

COOKIE = "tsunagu_browser"
_YEAR = 365 * 24 * 3600


def remember(answer: Response, email: str) -> None:
    """This person just logged in here."""
    mark = _signer().dumps([_digest(email), secrets.token_hex(16)])
    secure = services_here().config.secure_cookies
    answer.set_cookie(COOKIE, str(mark), max_age=_YEAR, samesite="Lax", httponly=True, secure=secure, path="/")


def known_browser(asked: Request, email: str) -> str | None:
    """The name of this browser if this person logged in with it before."""
    try:
        digest, name = _signer().loads(asked.cookies.get(COOKIE, ""))
    except (BadSignature, ValueError, TypeError):
        return None
    return str(name) if secrets.compare_digest(str(digest), _digest(email)) else None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="known browser")


def _digest(email: str) -> str:
    return hashlib.sha256(plain_email(email).encode(errors="replace")).hexdigest()
