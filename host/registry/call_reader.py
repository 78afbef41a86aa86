"""The call history as plugins see it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from host.plugin_api import Analysis, Call, Match, Memo
from host.storage.call_notes import analysis_of, memo_of
from host.storage.call_rows import call_from
from host.storage.engine import Database
from host.storage.matches import store_matches
from host.storage.tables import calls


@dataclass(frozen=True, slots=True)
class CallReader:
    """The calls of the site, and what one plugin reports of them."""

    database: Database
    plugin: str
    site_url: str
    clock: Callable[[], datetime]

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

    def recent(self, limit: int) -> Iterator[Call]:
        query = select(calls).order_by(calls.c.started_at.desc(), calls.c.id.desc()).limit(limit)
        with self.database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return (call_from(row, self.site_url) for row in rows)

    def numbers_between(
        self, since: datetime, until: datetime, *, after: str = "", limit: int = 1000, except_lines: Collection[str] = ()
    ) -> Sequence[str]:
        query = select(calls.c.number).distinct().where(*_ended(since, until), calls.c.number > after)
        if except_lines:
            query = query.where(calls.c.line.not_in(except_lines))
        with self.database.reading() as connection:
            return list(connection.execute(query.order_by(calls.c.number).limit(limit)).scalars())

    def lines_between(self, since: datetime, until: datetime) -> Sequence[str]:
        query = select(calls.c.line).distinct().where(*_ended(since, until)).order_by(calls.c.line)
        with self.database.reading() as connection:
            return list(connection.execute(query).scalars())

    def keep_match(self, number: str, since: datetime, until: datetime, match: Match) -> int:
        chosen = select(calls.c.id).where(calls.c.number == number, *_ended(since, until))
        with self.database.writing() as connection:
            return store_matches(connection, chosen, self.plugin, match, self.clock())


def _ended(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return calls.c.ended_at >= since, calls.c.ended_at < until
