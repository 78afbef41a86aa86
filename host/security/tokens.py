"""API tokens: shown once when they are made, kept as a hash only."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, insert, select, update

from host.domain.visible_text import is_visible_line
from host.security.users import Role
from host.sentences import Sentence
from host.storage.tables import api_tokens

PREFIX = "tsu_"
TOKEN_BYTES = 32
USE_STEP = timedelta(minutes=10)
_TOKEN = re.compile(r"tsu_[A-Za-z0-9_-]{43}")


class TokenError(Exception):
    """A token cannot be made or revoked; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A token without its secret. `last_used_at` is right to ten minutes."""

    id: int
    name: str
    role: Role
    created_by: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def create_token(connection: Connection, *, name: str, role: Role, by: str, now: datetime) -> str:
    """A new token; gives back its secret, which is shown this once.

    Raises:
        TokenError: the name is unusable.
    """
    if len(name) > 100 or not is_visible_line(name):
        raise TokenError(Sentence("A token needs a name of 1 to 100 printable characters."))
    secret = PREFIX + base64.urlsafe_b64encode(secrets.token_bytes(TOKEN_BYTES)).decode("ascii").rstrip("=")
    values = {"name": name.strip(), "role": role.value, "token_hash": _hash(secret), "created_by": by, "created_at": now}
    connection.execute(insert(api_tokens).values(**values))
    return secret


def list_tokens(connection: Connection) -> Sequence[ApiToken]:
    """All tokens, the newest first."""
    rows = connection.execute(select(api_tokens).order_by(api_tokens.c.id.desc())).mappings()
    return [_token(row) for row in rows]


def revoke_token(connection: Connection, token_id: int, now: datetime) -> None:
    """A revoked token is refused from now on.

    Raises:
        TokenError: there is none that is valid.
    """
    found = update(api_tokens).where(api_tokens.c.id == token_id, api_tokens.c.revoked_at.is_(None))
    if not connection.execute(found.values(revoked_at=now)).rowcount:
        raise TokenError(Sentence("There is no such valid token."))


def token_of(connection: Connection, secret: str) -> ApiToken | None:
    """The valid token with this secret."""
    if not _TOKEN.fullmatch(secret):
        return None
    valid = api_tokens.c.revoked_at.is_(None)
    row = connection.execute(select(api_tokens).where(api_tokens.c.token_hash == _hash(secret), valid)).mappings().first()
    return _token(row) if row else None


def is_use_worth_noting(token: ApiToken, now: datetime) -> bool:
    """Noted every ten minutes at most: a write for every request would be too many."""
    return token.last_used_at is None or now - token.last_used_at >= USE_STEP


def note_use(connection: Connection, token: ApiToken, now: datetime) -> None:
    connection.execute(update(api_tokens).where(api_tokens.c.id == token.id).values(last_used_at=now))


def _token(row: RowMapping) -> ApiToken:
    return ApiToken(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        created_by=row["created_by"],
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
        revoked_at=row["revoked_at"],
    )


def _hash(secret: str) -> str:
    """Plain sha-256 is enough: 32 random bytes cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()
