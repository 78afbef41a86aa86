"""Who listens to live updates, and whether they still may."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from host.security.users import Role, User
from host.storage.tables import ended_sessions, users
from host.web.live.connection import TakenConnection

LOOK = "event: look\ndata: look\n\n"
"""Something of your calls changed: ask what."""
BEAT = ": still here\n\n"


@dataclass(frozen=True, slots=True)
class Session:
    """The login behind a connection: it is over when anything of it changed, when it was ended, and at `until`."""

    serial: str
    user_id: int
    key: str
    role: Role
    extension: str | None
    until: datetime


@dataclass(eq=False, slots=True)
class Listener:
    """One open page. `everybody`: it shows all calls, not only those of its user."""

    session: Session
    everybody: bool
    connection: TakenConnection
    told: bool = field(default=False)

    def hears_of(self, people: Collection[int]) -> bool:
        return bool(people) if self.everybody else self.session.user_id in people


def session_of(user: User, serial: str, until: datetime) -> Session:
    return Session(serial, user.id, user.session_key, user.role, user.extension, until)


def still_valid(connection: Connection, sessions: Collection[Session], now: datetime) -> set[Session]:
    """Those whose person is still logged in, switched on, and has the same role and telephone."""
    asked = select(users).where(users.c.id.in_({one.user_id for one in sessions}), users.c.active)
    people = {row.id: (row.session_key, row.role, row.extension) for row in connection.execute(asked)}
    serials = select(ended_sessions.c.serial).where(ended_sessions.c.serial.in_({one.serial for one in sessions}))
    ended = set(connection.execute(serials).scalars())
    return {
        one
        for one in sessions
        if one.serial not in ended and now < one.until and people.get(one.user_id) == (one.key, one.role, one.extension)
    }
