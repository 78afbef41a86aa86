"""What the host offers a plugin, in a hook, a page, a command or a job alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from host.plugin_api.alarms import Alarms
from host.plugin_api.budget import Budget
from host.plugin_api.calls import Analysis, Call, Memo
from host.plugin_api.contact_book import ContactBook
from host.plugin_api.crm import Crm
from host.plugin_api.jobs import Jobs
from host.plugin_api.links import Links
from host.plugin_api.match import Match
from host.plugin_api.operations import Operations
from host.plugin_api.parked import WorkAside
from host.plugin_api.people import SiteUser


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Facts about the installation.

    `region` is the ISO country its numbers are read in; `url` has no slash at its end; `language` ("en", "ja") is that of
    texts which are written where no reader's language is known, such as those put into a CRM.
    """

    name: str
    region: str
    timezone: ZoneInfo
    url: str
    language: str = "en"


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

    def get(self, name: str) -> str | None:
        """The secret; None if there is none.

        Raises:
            NeedsConfiguration: the installation lacks the key it was encrypted with.
        """
        ...

    def put(self, values: Mapping[str, str | None]) -> None:
        """Store all of these in one transaction; None forgets one."""
        ...


class Calls(Protocol):
    """The call history. What a plugin may write there is whom a call was matched with."""

    def get(self, call_id: str) -> Call | None: ...

    def memo(self, call_id: str) -> Memo | None:
        """The memo of a call as it stands now; None while nobody has written one."""
        ...

    def analysis(self, call_id: str) -> Analysis | None:
        """The speech analysis of a call as it stands now; None while there is none."""
        ...

    def match(self, call_id: str) -> Match | None:
        """What this plugin last reported of a call, as it stands in "why this record?"; None if it never did."""
        ...

    def recent(self, limit: int) -> Iterator[Call]:
        """The newest calls first."""
        ...

    def numbers_between(
        self, since: datetime, until: datetime, *, after: str = "", limit: int = 1000, except_lines: Collection[str] = ()
    ) -> Sequence[str]:
        """The numbers (E.164, each once, in order) of the calls of whose end the host was told at `since` or later and
        before `until`.

        So a call lies in the time in which it came to be known, however late the telephone system tells of it: who asks
        for one time after the other misses none. One whose contact was fetched again by hand lies in that time as well.

        Args:
            after: only numbers behind this one: the last of the page before.
            limit: the most to give back.
            except_lines: calls on these lines of the site do not count.
        """
        ...

    def lines_between(self, since: datetime, until: datetime) -> Sequence[str]:
        """The lines, each once, of the calls that `numbers_between` counts, as the telephone system names them."""
        ...

    def keep_match(self, call_id: str, match: Match) -> None:
        """Keep the match of one call before its hook is done, so that it is not lost if the hook breaks off after that.

        It replaces what this plugin reported of the call before, as a hook's result does.
        """
        ...

    def keep_matches(self, found: Mapping[str, Match], since: datetime, until: datetime) -> int:
        """Keep each number's match, for all of its calls that `numbers_between` counts, for "why this record?".

        They replace what this plugin reported of these calls before. All in one transaction; gives back of how many calls.
        """
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
        config: the values of the settings that the manifest's schema describes, typed, with the secret ones. Raises
            `NeedsConfiguration` while something that is required is not filled in.
        crm: the connection that an admin made on the plugin's page, for plugins whose manifest has an `auth_group`.
        links: which record of the CRM belongs to which call, memo or whatever the plugin links.
        budget: how many API calls were spent today.
        count: adds to a counter that the manifest declares: `context.count("lookups", outcome="found")`; 1, or the `amount`.
        exclusive: `with context.exclusive("refresh"):` holds a lock of that name across all processes of this plugin; waits
            up to 30 s, then raises `RetryLater`. The holder's lease ends after 60 s, so keep the block shorter.
        resume_parked: lets the work go that was parked for "reauthorise" or "configure", called when an admin has mended it;
            gives back how many deliveries were released.
        alarms: what an admin must know at once, by banner and by mail.
        backlog: the calls of which facts of these hooks wait to be delivered to this plugin: at most so many, each once, the
            one that has waited longest first; not those that are being delivered now, or parked. For doing at once what
            would cost the CRM a call for each; each delivery still comes and is settled by what its hook gives back.
        parked: how many deliveries wait for an admin now, parked for "reauthorise" or "configure".
        drop_parked: has those done with, in the name of the person given: each ends as skipped and says so. Logged. Gives
            back how many.
        aside: parked work of a connection that was ended.
        audit: writes a line into the site's operation log: who, the action and its detail by label, in which a value that
            was changed is a `Changed`. Of a secret only "changed" or "kept" is told.
        operations: reads the lines of this plugin again.
        jobs: the plugin's own jobs: start one, stop it, see its runs.
        users: everybody who may log in here, by name.
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
    config: Callable[[], Mapping[str, Any]]
    crm: Crm
    links: Links
    budget: Budget
    count: Callable[..., None]
    alarms: Alarms
    exclusive: Callable[[str], AbstractContextManager[None]]
    resume_parked: Callable[[], int]
    backlog: Callable[[int, Collection[str]], Sequence[str]]
    parked: Callable[[], int]
    drop_parked: Callable[[str], int]
    aside: WorkAside
    audit: Callable[[str, str, Mapping[str, Any]], None]
    operations: Operations
    jobs: Jobs
    users: Callable[[], Sequence[SiteUser]]
    clock: Callable[[], datetime]
