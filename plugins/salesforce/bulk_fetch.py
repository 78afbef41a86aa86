"""The bulk fetch: every night all numbers of the calls since the last one are looked up and imported (R20).

Each step is one request for many numbers: their names are written, then how far the run is. So a run that is killed goes on
where it was, and asks again for one request's numbers at most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Any

from host.plugin_api import (
    ContactEntry,
    Done,
    JobRun,
    Match,
    PluginContext,
    PluginError,
    Result,
    ScheduledJob,
    Sentence,
    Skipped,
)
from plugins.salesforce.bulk_last import is_owed, setting_in_effect
from plugins.salesforce.bulk_lookup import MOST, BulkLookUp
from plugins.salesforce.bulk_numbers import numbers_of
from plugins.salesforce.bulk_windows import JOB_NAME, begin_window, end_window, forget_windows
from plugins.salesforce.client import Client
from plugins.salesforce.connection import LiveConnection, connection_from
from plugins.salesforce.domain.bulk_progress import Progress, progress_from
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.domain.schema import OrgSchema
from plugins.salesforce.domain.wanted import Batch, Wanted, wanted
from plugins.salesforce.errors import SchemaOutdated
from plugins.salesforce.org import fresh_schema, known_schema
from plugins.salesforce.preferences import FetchSetting, read_preferences
from plugins.salesforce.registration import NOT_CONNECTED, entry_of
from plugins.salesforce.wording import N_

NOT_CHOSEN = N_("Contacts are not fetched in bulk: another setting is chosen.")
SO_FAR = N_("%(found)s found, %(missed)s not found, %(changed)s entries changed.")
NO_CALLS = N_("There was no number to fetch.")
AHEAD = 120
"""Numbers prepared beforehand: more than fit into one request."""


def fetch(context: PluginContext, run: JobRun) -> Result | None:
    """One run, or one more attempt at it."""
    connection = connection_in_bulk(context)
    if isinstance(connection, Skipped):
        if connection.reason == NOT_CHOSEN:
            forget_windows(context)
        return connection
    progress = progress_from(run.kept) or Progress(window=begin_window(context, run.due_at))
    return BulkFetch(context, run, Client(connection, Purpose.BULK), progress).go()


JOB = ScheduledJob(name=JOB_NAME, title=N_("Nightly bulk fetch"), run=fetch, daily_at=time(23))


def connection_in_bulk(context: PluginContext) -> LiveConnection | Skipped:
    """The connection to fetch with, or why there is nothing to do."""
    info = connection_from(context.settings.read())
    if info is None:
        return Skipped(reason=NOT_CONNECTED)
    if setting_in_effect(context.settings.read()) is not FetchSetting.BULK and not is_owed(context):
        return Skipped(reason=NOT_CHOSEN)
    return LiveConnection(context, info)


@dataclass(slots=True)
class BulkFetch:
    """One attempt at one run."""

    context: PluginContext
    run: JobRun
    client: Client
    progress: Progress
    rest: list[str] = field(default_factory=list)
    ahead: list[Wanted] = field(default_factory=list)
    waiting: list[Wanted] = field(default_factory=list)
    spent_before: int = 0

    def go(self) -> Result | None:
        """Step by step until there are no numbers left, or until it is to stop."""
        self._begin()
        look_up = self._look_up(known_schema(self.client.connection))
        while self.waiting or self.ahead:
            if self.run.stopping():
                return None
            try:
                self._step(look_up)
            except SchemaOutdated:
                look_up = self._look_up(fresh_schema(self.client.connection, than=look_up.org))
                self._step(look_up)
        end_window(self.context, self.progress.window)
        if is_owed(self.context):
            forget_windows(self.context)
        return Done(summary=_summary(self.progress), api_calls=self.progress.api_calls)

    def _begin(self) -> None:
        """Find out which numbers are left; a new run says at once how many there are."""
        self.rest = numbers_of(self.context, self.progress.window, self.progress.after)
        self.rest.reverse()
        self.waiting = [self._wanted(number) for number in self.progress.waiting]
        self.spent_before = self.progress.api_calls
        self._prepare()
        if self.progress.total is None:
            self._keep(total=len(self.rest) + len(self.ahead))

    def _prepare(self) -> None:
        while self.rest and len(self.ahead) < AHEAD:
            self.ahead.append(self._wanted(self.rest.pop()))

    def _wanted(self, number: str) -> Wanted:
        return wanted(number, self.context.site.region)

    def _look_up(self, org: OrgSchema) -> BulkLookUp:
        unticked = read_preferences(self.context).unticked
        return BulkLookUp(self.client, org, self.context.site.region, unticked, self.progress.most or MOST)

    def _step(self, look_up: BulkLookUp) -> None:
        """One request: a query as soon as there are enough numbers to fill it, else a search."""
        count = look_up.how_many_query(self.waiting)
        try:
            if self.waiting and (count < len(self.waiting) or not self.ahead):
                self._query(look_up, count)
            else:
                self._search(look_up)
        except PluginError as problem:
            self._keep(most=look_up.most if look_up.most < MOST else 0)
            problem.api_calls = self.progress.api_calls
            raise

    def _search(self, look_up: BulkLookUp) -> None:
        batch = tuple(self.ahead[: look_up.how_many_search(self.ahead)])
        matches = look_up.search(batch)
        changed = self._write(matches)
        self.waiting += [one for one in batch if one.number not in matches]
        del self.ahead[: len(batch)]
        self._prepare()
        self._keep(after=batch[-1].number, found=self.progress.found + len(matches), changed=changed)

    def _query(self, look_up: BulkLookUp, count: int) -> None:
        batch: Batch = tuple(self.waiting[:count])
        matches = look_up.query(batch)
        changed = self._write(matches)
        del self.waiting[:count]
        found = sum(match.record is not None for match in matches.values())
        missed = self.progress.missed + count - found
        self._keep(found=self.progress.found + found, missed=missed, changed=changed)

    def _write(self, matches: Mapping[str, Match]) -> int:
        """Write the names that were found, and the reason to each call; gives back how many entries have changed so far."""
        entries = [entry_of(self.context, number, match) for number, match in matches.items() if match.record]
        known = self.context.contact_book.entries([entry.number for entry in entries])
        for entry in entries:
            self.context.contact_book.register(entry)
        self.context.calls.keep_matches(matches, self.progress.window.since, self.progress.window.until)
        return self.progress.changed + _changes(known, entries)

    def _keep(self, **changes: Any) -> None:
        waiting = tuple(one.number for one in self.waiting)
        spent = self.spent_before + self.client.api_calls
        self.progress = replace(self.progress, **changes, waiting=waiting, api_calls=spent)
        done, total = self.progress.done, self.progress.total or 0
        message = _summary(self.progress)
        self.run.keep(self.progress.to_json(), done=done, total=total, message=message, api_calls=spent)


def _changes(known: Mapping[str, ContactEntry], entries: Sequence[ContactEntry]) -> int:
    return sum(_said(known.get(entry.number)) != _said(entry) for entry in entries)


def _said(entry: ContactEntry | None) -> tuple[object, ...]:
    return (entry.company, entry.person, entry.record, entry.source) if entry else ()


def _summary(progress: Progress) -> Sentence:
    if not progress.total:
        return Sentence(NO_CALLS)
    return Sentence(SO_FAR, found=progress.found, missed=progress.missed, changed=progress.changed)
