"""Access tokens and session ids: made, found, aged and revoked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from salesforce_sandbox.org import Org


@dataclass(frozen=True, slots=True)
class Session:
    """A live access token. ``scope`` empty: a SOAP session, which may do everything and belongs to no app."""

    token: str
    user_id: str
    approval: int | None
    scope: str


def new_session(org: Org, user_id: str, approval: int | None, scope: str) -> Session:
    """Make an access token of the form ``00D…!…``."""
    token = f"{org.id[:15]}!AQ{secrets.token_urlsafe(60).replace('-', '.')}"
    session = Session(token, user_id, approval, scope)
    org.database.execute(
        "INSERT INTO session VALUES (?, ?, ?, ?, ?)", (token, user_id, approval, scope, org.clock.timestamp())
    )
    return session


def find_session(org: Org, token: str) -> Session | None:
    """Return a token's session unless it was idle for too long; using it keeps it alive."""
    row = org.database.row("SELECT user_id, approval, scope, last_used FROM session WHERE token = ?", (token,))
    if row is None:
        return None
    idle = org.clock.timestamp() - row[3]
    if idle >= org.settings.session_seconds:
        return None
    if idle >= org.settings.session_seconds / 2:
        org.database.execute("UPDATE session SET last_used = ? WHERE token = ?", (org.clock.timestamp(), token))
    return Session(token, row[0], row[1], row[2])


def shared_soap_session(org: Org, user_id: str) -> Session:
    """Return the user's SOAP session: all programs that log in as one user share it (spec section 4)."""
    rows = org.database.rows("SELECT token FROM session WHERE user_id = ? AND approval IS NULL AND scope = ''", (user_id,))
    live = (session for (token,) in rows if (session := find_session(org, token)))
    return next(live, None) or new_session(org, user_id, None, "")


def revoke_token(org: Org, token: str) -> bool:
    """Revoke an access token, or a refresh token with everything it gave. Returns False for an unknown one."""
    row = org.database.row("SELECT approval FROM refresh_token WHERE token = ?", (token,))
    if row is not None:
        live = org.database.row("SELECT 1 FROM approval WHERE id = ? AND NOT revoked", (row[0],))
        revoke_approval(org, row[0])
        return live is not None
    return org.database.execute("DELETE FROM session WHERE token = ?", (token,)) > 0


def revoke_approval(org: Org, approval: int) -> None:
    """Kill the refresh tokens and the access tokens of an approval."""
    with org.database.transaction():
        org.database.execute("UPDATE approval SET revoked = 1 WHERE id = ?", (approval,))
        org.database.execute("DELETE FROM session WHERE approval = ?", (approval,))


def end_session(org: Org, token: str, *, family: bool) -> None:
    """End the session of an access token; ``family``: also the approval behind it, or behind a refresh token."""
    sql = "SELECT approval FROM session WHERE token = ? UNION SELECT approval FROM refresh_token WHERE token = ?"
    row = org.database.row(sql, (token, token))
    org.database.execute("DELETE FROM session WHERE token = ?", (token,))
    if family and row is not None and row[0] is not None:
        revoke_approval(org, row[0])


def end_app_sessions(org: Org) -> None:
    """End every session the app has, as blocking it does."""
    org.database.execute("DELETE FROM session WHERE scope <> ''")


def revoke_user(org: Org, user_id: str) -> None:
    """Kill every token of a user."""
    for (approval,) in org.database.rows("SELECT id FROM approval WHERE user_id = ?", (user_id,)):
        revoke_approval(org, approval)
    org.database.execute("DELETE FROM session WHERE user_id = ?", (user_id,))
