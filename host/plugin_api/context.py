"""What the host offers a plugin, in a hook, a page, a command or a job alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from host.plugin_api.calls import Call
from host.plugin_api.contact_book import ContactBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Facts about the installation. `region` is the ISO country its numbers are read in; `url` has no slash at its end."""

    name: str
    region: str
    timezone: ZoneInfo
    url: str


class Database(Protocol):
    """The host's database, for the plugin's own tables only."""

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection for reading; nothing may be written."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """A connection inside a transaction: committed at the end of the block, rolled back if it raises."""
        ...


class Settings(Protocol):
    """A plugin's settings that are not secret: JSON values by name, read fresh on every call in every process."""

    def read(self) -> Mapping[str, Any]: ...

    def write(self, values: Mapping[str, Any]) -> None:
        """Store these values; names that are not given keep what they had; None forgets one."""
        ...


class Secrets(Protocol):
    """A plugin's secrets: encrypted at rest, re-encrypted by the host when its key is changed."""

    def get(self, name: str) -> str | None: ...

    def put(self, values: Mapping[str, str | None]) -> None:
        """Store all of these in one transaction; None forgets one."""
        ...


class Calls(Protocol):
    """The call history, for reading."""

    def get(self, call_id: str) -> Call | None: ...

    def recent(self, limit: int) -> Iterator[Call]:
        """The newest calls first."""
        ...


class Log(Protocol):
    """A structured log. Give facts as keyword arguments; never secrets, telephone numbers, names or memo text."""

    def info(self, event: str, **facts: Any) -> None: ...

    def warning(self, event: str, **facts: Any) -> None: ...

    def error(self, event: str, **facts: Any) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginContext:
    """Everything one plugin may use of the host.

    Args:
        plugin: the plugin's name.
        exclusive: `with context.exclusive("refresh"):` holds a lock of that name across all processes of this plugin; waits
            up to 30 s, then raises `RetryLater`. The holder's lease ends after 60 s, so keep the block shorter.
        resume_parked: lets the work go that was parked for "reauthorise" or "configure", called when an admin has mended it;
            gives back how many deliveries were released.
        audit: writes a line into the site's operation log: who did what.
        clock: the time now, UTC.
    """

    plugin: str
    site: Site
    settings: Settings
    secrets: Secrets
    database: Database
    contact_book: ContactBook
    calls: Calls
    log: Log
    exclusive: Callable[[str], AbstractContextManager[None]]
    resume_parked: Callable[[], int]
    audit: Callable[[str, str, Mapping[str, Any]], None]
    clock: Callable[[], datetime]
