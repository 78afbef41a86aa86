"""User administration: each use case is one transaction with its line in the operation log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from host.security.authentication import authenticate
from host.security.users import Role, User, change_password, change_user, create_user, user_of
from host.services import Services
from host.storage.operations import log_operation
from host.storage.tables import users

AREA = "users"


def names_of_users(connection: Connection) -> list[tuple[int, str]]:
    """Everybody's id and name, by name, for lists to choose from."""
    return [(row.id, row.name) for row in connection.execute(select(users.c.id, users.c.name).order_by(users.c.name))]


def add_user(services: Services, *, email: str, name: str, role: Role, extension: str, password: str, by: str) -> int:
    """A new user; gives back the id.

    Raises:
        UserError, PasswordUnfit: nothing was written.
    """
    now = services.clock()
    with services.database.writing() as connection:
        user_id = create_user(connection, email=email, name=name, role=role, extension=extension, password=password, now=now)
        _log(services, connection, by, "added", {"user": user_id, "role": role.value})
    return user_id


def edit_user(
    services: Services, user: User, *, email: str, name: str, role: Role, extension: str, active: bool, by: str
) -> None:
    """Change a user; switching one off ends their sessions.

    Raises:
        UserError: nothing was written.
    """
    with services.database.writing() as connection:
        change_user(
            connection,
            user.id,
            email=email,
            name=name,
            role=role,
            extension=extension,
            language=user.language,
            active=active,
        )
        action = "edited" if active == user.active else "activated" if active else "deactivated"
        _log(services, connection, by, action, {"user": user.id, "role": role.value})


def edit_own_name(services: Services, user_id: int, name: str) -> None:
    """A person changes how they are called.

    Raises:
        UserError: nothing was written.
    """
    with services.database.writing() as connection:
        user = user_of(connection, user_id)
        if user is None:
            return
        change_user(
            connection,
            user_id,
            email=user.email,
            name=name,
            role=user.role,
            extension=user.extension,
            language=user.language,
            active=user.active,
        )


def set_password(services: Services, user_id: int, password: str, *, by: str) -> str:
    """Set a password, which ends the user's sessions; gives back the session key of new ones.

    Raises:
        UserError, PasswordUnfit: nothing was written.
    """
    with services.database.writing() as connection:
        key = change_password(connection, user_id, password)
        _log(services, connection, by, "password set", {"user": user_id})
    return key


def change_own_password(
    services: Services, user: User, *, current: str, new: str, address: str, browser: str | None = None
) -> str:
    """A person changes their password; the current one is asked for, as slowly as at login.

    Raises:
        LoginRefused: the current password is wrong, or was guessed too often.
        UserError, PasswordUnfit: nothing was written.
    """
    authenticate(services, user.email, current, address, browser)
    return set_password(services, user.id, new, by=user.email)


def set_language(services: Services, user_id: int, language: str) -> None:
    """The language this person's pages are in."""
    with services.database.writing() as connection:
        connection.execute(update(users).where(users.c.id == user_id).values(language=language))


def _log(services: Services, connection: Connection, by: str, action: str, detail: Mapping[str, Any]) -> None:
    log_operation(connection, at=services.clock(), actor=by, area=AREA, action=action, detail=detail)
