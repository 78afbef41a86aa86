"""Memos and speech analyses of calls."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from host.plugin_api.calls import Analysis, Memo
from host.storage.tables import analyses, memo_items, memos


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionedMemo:
    """A memo and the number of times it has been saved."""

    memo: Memo
    version: int


def memo_of(connection: Connection, call_id: str) -> Memo | None:
    found = versioned_memo_of(connection, call_id)
    return found.memo if found else None


def versioned_memo_of(connection: Connection, call_id: str) -> VersionedMemo | None:
    row = connection.execute(select(memos).where(memos.c.call_id == call_id)).first()
    if row is None:
        return None
    memo = Memo(text=row.text, items=tuple(row.items), saved_at=row.saved_at, saved_by=row.saved_by)
    return VersionedMemo(memo=memo, version=row.version)


def memos_of(connection: Connection, call_ids: Collection[str]) -> dict[str, Memo]:
    """The memos of these calls; a call without one is absent."""
    rows = connection.execute(select(memos).where(memos.c.call_id.in_(list(call_ids))))
    return {
        row.call_id: Memo(text=row.text, items=tuple(row.items), saved_at=row.saved_at, saved_by=row.saved_by)
        for row in rows
    }


def put_memo(connection: Connection, call_id: str, memo: Memo, *, version: int, tell_at: datetime | None = None) -> None:
    """Write the memo as this version; the first one is 1. `tell_at`: when the plugins are to be told, None if they are."""
    values: dict[str, Any] = {
        "text": memo.text,
        "items": list(memo.items),
        "version": version,
        "saved_at": memo.saved_at,
        "saved_by": memo.saved_by,
        "tell_at": tell_at,
    }
    if version == 1:
        connection.execute(insert(memos).values(call_id=call_id, **values))
    else:
        connection.execute(update(memos).where(memos.c.call_id == call_id).values(**values))


def memo_labels(connection: Connection) -> Sequence[str]:
    """The memo items that may be ticked, in their order."""
    query = select(memo_items.c.label).where(memo_items.c.active).order_by(memo_items.c.position, memo_items.c.id)
    return connection.execute(query).scalars().all()


def analysis_of(connection: Connection, call_id: str) -> Analysis | None:
    row = connection.execute(select(analyses).where(analyses.c.call_id == call_id)).first()
    return Analysis(summary=row.summary, transcript=row.transcript, done_at=row.done_at) if row else None


def put_analysis(connection: Connection, call_id: str, analysis: Analysis) -> None:
    values = {"summary": analysis.summary, "transcript": analysis.transcript, "done_at": analysis.done_at}
    changed = connection.execute(update(analyses).where(analyses.c.call_id == call_id).values(**values))
    if not changed.rowcount:
        connection.execute(insert(analyses).values(call_id=call_id, **values))
