"""The people who use the host: admins and agents."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from host.domain.visible_text import is_visible_line
from host.security.passwords import hash_password
from host.sentences import Sentence
from host.storage.tables import login_failures, users

_EMAIL = re.compile(r"[^\s@\x00-\x1f\ud800-\udfff]{1,64}@[^\s@\x00-\x1f\ud800-\udfff]{1,189}")
_EXTENSION = re.compile(r"[0-9A-Za-z_.*#-]{1,32}", re.ASCII)

LONGEST_SUBJECT = 300


class Role(StrEnum):
    """Agents work with calls, memos and contacts; admins also with settings, users and plugins."""

    ADMIN = "admin"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who may log in. `session_key` ends sessions when it changes; `language` is None for the browser's."""

    id: int
    email: str
    name: str
    role: Role
    extension: str | None
    language: str | None
    active: bool
    session_key: str = field(repr=False)

    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def is_anonymous(self) -> bool:
        return False

    @property
    def is_active(self) -> bool:
        return self.active

    @property
    def audit_name(self) -> str:
        """How the operation log and memos name them."""
        return self.email

    def get_id(self) -> str:
        """What their session holds: it is over when the key changes."""
        return f"{self.id}:{self.session_key}"


class UserError(Exception):
    """A user cannot be made or changed as asked; the message says why. Nothing was written."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def list_users(connection: Connection) -> Sequence[User]:
    """Everybody, by name."""
    return [_user(row) for row in connection.execute(select(users).order_by(users.c.name, users.c.id)).mappings()]


def users_by_id(connection: Connection) -> dict[int, User]:
    return {user.id: user for user in list_users(connection)}


def user_of(connection: Connection, user_id: int) -> User | None:
    row = connection.execute(select(users).where(users.c.id == user_id)).mappings().first()
    return _user(row) if row else None


def user_with_email(connection: Connection, email: str) -> User | None:
    row = connection.execute(select(users).where(users.c.email == plain_email(email))).mappings().first()
    return _user(row) if row else None


def create_user(
    connection: Connection,
    *,
    email: str,
    name: str,
    role: Role,
    password: str,
    now: datetime,
    extension: str | None = None,
    language: str | None = None,
) -> int:
    """A new user; gives back the id.

    Raises:
        UserError: a value is unusable, or the e-mail address or extension belongs to somebody else.
        PasswordUnfit: the password cannot be taken.
    """
    values = _checked(email=email, name=name, role=role, extension=extension, language=language)
    values |= {"password_hash": hash_password(password), "session_key": _session_key(), "created_at": now, "active": True}
    with _unique(connection):
        made = connection.execute(insert(users).values(**values).returning(users.c.id)).scalar_one()
    return int(made)


def change_user(
    connection: Connection,
    user_id: int,
    *,
    email: str,
    name: str,
    role: Role,
    extension: str | None,
    language: str | None,
    active: bool,
) -> None:
    """Replace what is known of a user. Switching one off ends their sessions.

    Raises:
        UserError: as `create_user`; also when nobody would be left who is an active admin.
    """
    known = _existing(connection, user_id)
    values = _checked(email=email, name=name, role=role, extension=extension, language=language) | {"active": active}
    if known.active and known.role is Role.ADMIN and not (active and role is Role.ADMIN):
        _refuse_last_admin(connection, user_id)
    if known.active and not active:
        values["session_key"] = _session_key()
    with _unique(connection):
        connection.execute(update(users).where(users.c.id == user_id).values(**values))


def change_password(connection: Connection, user_id: int, password: str) -> str:
    """Set a new password, which ends all sessions of the user and forgives failed logins; gives back the new session key.

    Raises:
        UserError, PasswordUnfit: nothing was changed.
    """
    user = _existing(connection, user_id)
    key = _session_key()
    values = {"password_hash": hash_password(password), "session_key": key}
    connection.execute(update(users).where(users.c.id == user_id).values(**values))
    connection.execute(delete(login_failures).where(login_failures.c.subject == email_subject(user.email)))
    return key


def plain_email(email: str) -> str:
    """The form in which e-mail addresses are stored and compared."""
    return email.strip().lower()


def email_subject(email: str) -> str:
    """What failed logins with this e-mail address are counted for."""
    return f"email:{plain_email(email)}"[:LONGEST_SUBJECT]


def _user(row: RowMapping) -> User:
    return User(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        role=Role(row["role"]),
        extension=row["extension"],
        language=row["language"],
        active=row["active"],
        session_key=row["session_key"],
    )


def _checked(*, email: str, name: str, role: Role, extension: str | None, language: str | None) -> dict[str, Any]:
    shown = name.strip()
    values = {
        "email": plain_email(email),
        "name": shown,
        "role": role.value,
        "extension": (extension or "").strip() or None,
        "language": language or None,
    }
    if not _EMAIL.fullmatch(values["email"] or ""):
        raise UserError(Sentence("This is no e-mail address."))
    if len(shown) > 200 or not is_visible_line(shown):
        raise UserError(Sentence("A user needs a name of 1 to 200 printable characters."))
    if values["extension"] and not _EXTENSION.fullmatch(values["extension"]):
        raise UserError(Sentence("An extension has up to 32 digits, letters or the signs _ . - * #."))
    return values


@contextmanager
def _unique(connection: Connection) -> Iterator[None]:
    """Turns a clash with another user's e-mail address or extension into a sentence."""
    try:
        with connection.begin_nested():
            yield
    except IntegrityError as error:
        raise UserError(_TAKEN["extension" if "extension" in str(error.orig) else "email"]) from None


_TAKEN = {
    "email": Sentence("There is a user with this e-mail address already."),
    "extension": Sentence("This extension belongs to another user."),
}


def _existing(connection: Connection, user_id: int) -> User:
    user = user_of(connection, user_id)
    if user is None:
        raise UserError(Sentence("There is no such user."))
    return user


def _refuse_last_admin(connection: Connection, user_id: int) -> None:
    others = select(func.count()).where(users.c.role == Role.ADMIN, users.c.active, users.c.id != user_id)
    if not connection.execute(others).scalar():
        raise UserError(Sentence("At least one active admin has to be left."))


def _session_key() -> str:
    return secrets.token_hex(16)
