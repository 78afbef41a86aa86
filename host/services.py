"""What every process of the host is made of: web, worker and command line build the same thing here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from host.config import Config
from host.storage.engine import Database


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """The parts, built once per process. Registry, publisher and sealer join as they are written."""

    config: Config
    database: Database
    clock: Callable[[], datetime] = utc_now
