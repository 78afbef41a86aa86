"""The call history as plugins see it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from host.plugin_api import Analysis, Call, Match, Memo
from host.storage.call_notes import analysis_of, memo_of
from host.storage.call_rows import call_from
from host.storage.ended_calls import calls_with, lines_between, numbers_between
from host.storage.engine import Database
from host.storage.matches import match_from, store_match, store_matches
from host.storage.tables import calls, matches


@dataclass(frozen=True, slots=True)
class CallReader:
    """The calls of the site, and what one plugin reports of them. `nobody`: told of numbers that it found nobody for."""

    database: Database
    plugin: str
    site_url: str
    clock: Callable[[], datetime]
    nobody: Callable[[Collection[str]], None]

    def get(self, call_id: str) -> Call | None:
        with self.database.reading() as connection:
            row = connection.execute(select(calls).where(calls.c.id == call_id)).mappings().first()
        return None if row is None else call_from(row, self.site_url)

    def memo(self, call_id: str) -> Memo | None:
        with self.database.reading() as connection:
            return memo_of(connection, call_id)

    def analysis(self, call_id: str) -> Analysis | None:
        with self.database.reading() as connection:
            return analysis_of(connection, call_id)

    def match(self, call_id: str) -> Match | None:
        query = select(matches.c.match).where(matches.c.call_id == call_id, matches.c.plugin == self.plugin)
        with self.database.reading() as connection:
            stored = connection.execute(query).scalar()
        return None if stored is None else match_from(stored)

    def recent(self, limit: int) -> Iterator[Call]:
        query = select(calls).order_by(calls.c.started_at.desc(), calls.c.id.desc()).limit(limit)
        with self.database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return (call_from(row, self.site_url) for row in rows)

    def numbers_between(
        self, since: datetime, until: datetime, *, after: str = "", limit: int = 1000, except_lines: Collection[str] = ()
    ) -> Sequence[str]:
        with self.database.reading() as connection:
            return numbers_between(connection, since, until, after=after, limit=limit, except_lines=except_lines)

    def lines_between(self, since: datetime, until: datetime) -> Sequence[str]:
        with self.database.reading() as connection:
            return lines_between(connection, since, until)

    def keep_match(self, call_id: str, match: Match) -> None:
        with self.database.writing() as connection:
            store_match(connection, call_id, self.plugin, match, self.clock())
            number = connection.execute(select(calls.c.number).where(calls.c.id == call_id)).scalar()
        if number and match.record is None:
            self.nobody([number])

    def keep_matches(self, found: Mapping[str, Match], since: datetime, until: datetime) -> int:
        with self.database.reading() as connection:
            numbers = calls_with(connection, found, since, until)
        by_call = {call_id: found[number] for call_id, number in numbers.items()}
        with self.database.writing() as connection:
            store_matches(connection, by_call, self.plugin, self.clock())
        self.nobody([number for number, match in found.items() if match.record is None])
        return len(by_call)
