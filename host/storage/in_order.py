"""Finds where a time begins in a table whose rows are written as things happen, without an index on their times."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, func, select

MARGIN = timedelta(hours=1)
"""Rows of transactions that overlap, or of machines whose clocks differ, may stand so much out of order."""


def first_since(connection: Connection, ids: Column[int], times: Column[Any], since: datetime) -> int:
    """The id from which on all rows are that were written at `since` or later; earlier ones are among them too.

    Ids grow with time, so halving finds it. An id of the table is not NULL, nor is the time.
    """
    margin = since - MARGIN
    low, high = 0, connection.execute(select(func.max(ids))).scalar() or 0
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(select(ids, times).where(ids >= middle).order_by(ids).limit(1)).one()
        low, high = (row[0] + 1, high) if row[1] < margin else (low, middle)
    return low
