"""What pip installed or removed since a process started: it is not loaded before the next start (R34)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from host.registry.loading import installed
from host.storage.tables import workers

Installation = Mapping[str, str]
"""The distributions that bring plugins, with their versions."""


@dataclass(frozen=True, slots=True)
class Change:
    """A distribution that is another than when processes started.

    `before` or `now` is "" if it was, or is, not there. `web`: this web server does not know it yet; `workers`: how many
    workers do not.
    """

    distribution: str
    before: str
    now: str
    web: bool
    workers: int


def installation() -> Installation:
    """What is installed now."""
    return {point.dist.name: point.dist.version for point in installed() if point.dist}


def changes_since(web: Installation, others: Sequence[Installation]) -> list[Change]:
    """What is different now from when this web server and these workers started, by name."""
    now = installation()
    names = sorted({*now, *web, *(name for worker in others for name in worker)})
    found = [_change(name, now, web, others) for name in names]
    return [change for change in found if change.web or change.workers]


def known_to_workers(connection: Connection, since: datetime) -> list[Installation]:
    """What was installed when the workers started that were seen since then."""
    query = select(workers.c.installed).where(workers.c.seen_at >= since, workers.c.installed.is_not(None))
    return [installed for installed in connection.execute(query).scalars() if installed is not None]


def _change(name: str, now: Installation, web: Installation, others: Sequence[Installation]) -> Change:
    version = now.get(name, "")
    former = [known.get(name, "") for known in (web, *others) if known.get(name, "") != version]
    behind = sum(worker.get(name, "") != version for worker in others)
    return Change(name, former[0] if former else version, version, web.get(name, "") != version, behind)
