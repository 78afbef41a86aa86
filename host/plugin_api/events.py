"""The facts the four hooks carry. Fields are only ever added, always with a default."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from host.plugin_api.calls import Agent, Analysis, Call, Memo, RecordRef


class MemoOrigin(StrEnum):
    """Where a memo was saved (R26)."""

    PHONE = "phone"
    HISTORY = "history"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    """A call is over. `fact_id` is the same on every repeat of this delivery; `refetch`: asked for by hand (R23)."""

    fact_id: int
    occurred_at: datetime
    call: Call
    refetch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberClicked:
    """A number was clicked: `agent` is rung first, then `number` (as it is to be dialled) is called (R22)."""

    fact_id: int
    occurred_at: datetime
    call: Call
    number: str
    agent: Agent
    record: RecordRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoSaved:
    """A memo was saved; `memo` is the text as it stands now (R26)."""

    fact_id: int
    occurred_at: datetime
    call: Call
    memo: Memo
    origin: MemoOrigin
    analysis: Analysis | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisDone:
    """The speech analysis came in; `memo` is None while nobody has written one (R26)."""

    fact_id: int
    occurred_at: datetime
    call: Call
    analysis: Analysis
    memo: Memo | None = None


Event = CallEnded | NumberClicked | MemoSaved | AnalysisDone
