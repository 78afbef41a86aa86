"""The telephone systems that may send events: each has a name and a secret, two while the secret is being changed."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, insert, select, update

from host.domain.visible_text import is_visible_line
from host.security.sealing import Sealer
from host.sentences import Sentence
from host.storage.tables import event_sources

SECRET_BYTES = 32
_ALL = select(event_sources).order_by(event_sources.c.name)


class SourceError(Exception):
    """An event source cannot be made or changed; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSource:
    """A telephone system that may send events. `secrets` are those that are valid now, the newest first."""

    id: int
    name: str
    secrets: tuple[str, ...] = field(repr=False)
    last_event_at: datetime | None


def event_sources_of(connection: Connection, sealer: Sealer) -> Sequence[EventSource]:
    """All sources, by name."""
    rows = connection.execute(_ALL).all()
    return [
        EventSource(
            id=row.id,
            name=row.name,
            secrets=tuple(_opened(sealer, s) for s in (row.sealed_secret, row.sealed_previous_secret) if s),
            last_event_at=row.last_event_at,
        )
        for row in rows
    ]


def create_source(connection: Connection, sealer: Sealer, name: str, now: datetime) -> str:
    """A new source; gives back its secret, which is shown this once.

    Raises:
        SourceError: the name is taken or empty.
    """
    if len(name) > 100 or not is_visible_line(name):
        raise SourceError(Sentence("A source needs a name of 1 to 100 printable characters, such as asterisk:main."))
    if connection.execute(select(event_sources.c.id).where(event_sources.c.name == name)).first():
        raise SourceError(Sentence("There is a source named %(name)s already. Give it a new secret instead.", name=name))
    secret = new_secret()
    values = {"name": name, "sealed_secret": sealer.seal(secret), "created_at": now}
    connection.execute(insert(event_sources).values(**values))
    return secret


def rotate_source(connection: Connection, sealer: Sealer, name: str) -> str:
    """A new secret for a source. The one before stays valid until the next rotation or `retire_previous`."""
    row = connection.execute(select(event_sources).where(event_sources.c.name == name)).first()
    if row is None:
        raise SourceError(Sentence("There is no source named %(name)s.", name=name))
    secret = new_secret()
    changed = {"sealed_secret": sealer.seal(secret), "sealed_previous_secret": row.sealed_secret}
    connection.execute(update(event_sources).where(event_sources.c.id == row.id).values(**changed))
    return secret


def retire_previous(connection: Connection, name: str) -> None:
    """End the rotation: only the newest secret is valid from now on."""
    changed = update(event_sources).where(event_sources.c.name == name).values(sealed_previous_secret=None)
    if not connection.execute(changed).rowcount:
        raise SourceError(Sentence("There is no source named %(name)s.", name=name))


def new_secret() -> str:
    """A secret in the form of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


@lru_cache(maxsize=256)
def _opened(sealer: Sealer, sealed: str) -> str:
    """The same sealed text always opens to the same secret."""
    return sealer.open(sealed)
