"""Who a token belongs to: identity URL, userinfo and introspection."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from salesforce_sandbox.oauth.sessions import Session, find_session
from salesforce_sandbox.oauth.tokens import identity_url
from salesforce_sandbox.org import Org
from salesforce_sandbox.records.write import stored_record


def identity(org: Org, user_id: str, version: str = "{version}") -> dict[str, Any]:
    """Return the identity reply; its URLs keep ``{version}`` unless a version is asked for."""
    user = stored_record(org, "User", user_id) or {}
    base = org.base_url
    data = f"{base}/services/data/v{version}"
    return {
        "id": identity_url(org, user_id),
        "asserted_user": True,
        "user_id": user_id,
        "organization_id": org.id,
        "username": user.get("Username"),
        "nick_name": user.get("CommunityNickname"),
        "display_name": user.get("Name"),
        "email": user.get("Email"),
        "email_verified": True,
        "first_name": user.get("FirstName"),
        "last_name": user.get("LastName"),
        "timezone": user.get("TimeZoneSidKey"),
        "urls": {
            "rest": f"{data}/",
            "sobjects": f"{data}/sobjects/",
            "search": f"{data}/search/",
            "query": f"{data}/query/",
            "profile": f"{base}/{user_id}",
        },
        "active": bool(user.get("IsActive")),
        "user_type": "STANDARD",
        "language": user.get("LanguageLocaleKey"),
        "locale": user.get("LocaleSidKey"),
        "utcOffset": _offset(org, user.get("TimeZoneSidKey")),
        "last_modified_date": user.get("LastModifiedDate"),
        "is_app_installed": True,
    }


def _offset(org: Org, zone: str | None) -> int:
    """Return the user's standard distance from UTC in milliseconds."""
    offset = org.clock.now().astimezone(ZoneInfo(zone or "UTC")).utcoffset() or timedelta()
    return int(offset.total_seconds() * 1000)


def userinfo(org: Org, user_id: str) -> dict[str, Any]:
    known = identity(org, user_id)
    return {
        "sub": known["id"],
        "user_id": user_id,
        "organization_id": known["organization_id"],
        "preferred_username": known["username"],
        "nickname": known["nick_name"],
        "name": known["display_name"],
        "email": known["email"],
        "email_verified": True,
        "given_name": known["first_name"],
        "family_name": known["last_name"],
        "zoneinfo": known["timezone"],
        "active": known["active"],
        "user_type": known["user_type"],
        "language": known["language"],
        "locale": known["locale"],
        "urls": known["urls"],
    }


def introspect(org: Org, token: str, client_id: str) -> dict[str, Any]:
    """Return RFC 7662's answer for an access or a refresh token."""
    session = find_session(org, token)
    if session is not None:
        return _active(org, session, client_id, "access_token")
    sql = (
        "SELECT user_id, scope FROM refresh_token JOIN approval ON approval.id = refresh_token.approval "
        "WHERE token = ? AND NOT replaced AND NOT revoked"
    )
    row = org.database.row(sql, (token,))
    if row is None:
        return {"active": False}
    return _active(org, Session(token, row[0], None, row[1]), client_id, "refresh_token")


def _active(org: Org, session: Session, client_id: str, kind: str) -> dict[str, Any]:
    user = org.users.by_id(session.user_id)
    return {
        "active": True,
        "scope": session.scope,
        "client_id": client_id,
        "username": user.username if user else None,
        **(_validity(org, session) if kind == "access_token" else {}),
        "sub": identity_url(org, session.user_id),
        "token_type": kind,
    }


def _validity(org: Org, session: Session) -> dict[str, int]:
    """From when and until when, in seconds since 1970; ``exp`` moves on with use."""
    row = org.database.row("SELECT last_used FROM session WHERE token = ?", (session.token,))
    used = int(row[0]) if row else 0
    return {"iat": used, "nbf": used, "exp": used + int(org.settings.session_seconds)}
