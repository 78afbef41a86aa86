"""Builds the event of a fact from the call, the memo and the analysis as they stand when it is delivered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from host.delivery.statements import ANALYSIS, CALL, MEMO
from host.plugin_api import Agent, Analysis, AnalysisDone, Call, CallEnded, Event, Memo, MemoOrigin, MemoSaved, NumberClicked
from host.sentences import Sentence
from host.storage.call_rows import call_from


class NothingToTell(Exception):
    """What the fact is about is not there any more; `sentence` says what."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A row of `facts`."""

    id: int
    call_id: str
    hook: str
    detail: Mapping[str, Any]
    occurred_at: datetime


def build_event(connection: Connection, fact: Fact, site_url: str) -> Event:
    """The event that the hook of this fact is called with.

    Raises:
        NothingToTell: the call, memo or analysis was deleted, or this host knows no such hook.
    """
    if fact.hook not in _BUILDERS:
        raise NothingToTell(Sentence("This host knows no hook %(hook)s.", hook=fact.hook))
    row = connection.execute(CALL, {"of_call": fact.call_id}).mappings().first()
    if row is None:
        raise NothingToTell(Sentence("The call is not in the call history any more."))
    return _BUILDERS[fact.hook](connection, fact, call_from(row, site_url))


def _call_ended(_connection: Connection, fact: Fact, call: Call) -> Event:
    refetch = bool(fact.detail.get("refetch", False))
    return CallEnded(fact_id=fact.id, occurred_at=fact.occurred_at, call=call, refetch=refetch)


def _number_clicked(_connection: Connection, fact: Fact, call: Call) -> Event:
    extension = str(fact.detail.get("extension", ""))
    agent = next((agent for agent in call.agents if agent.extension == extension), Agent(extension=extension))
    return NumberClicked(
        fact_id=fact.id,
        occurred_at=fact.occurred_at,
        call=call,
        number=str(fact.detail.get("number", "")),
        agent=agent,
        record=call.clicked_record,
    )


def _memo_saved(connection: Connection, fact: Fact, call: Call) -> Event:
    memo = _memo(connection, fact.call_id)
    if memo is None:
        raise NothingToTell(Sentence("The memo was deleted."))
    return MemoSaved(
        fact_id=fact.id,
        occurred_at=fact.occurred_at,
        call=call,
        memo=memo,
        origin=MemoOrigin(fact.detail.get("origin", MemoOrigin.HISTORY)),
        analysis=_analysis(connection, fact.call_id),
    )


def _analysis_done(connection: Connection, fact: Fact, call: Call) -> Event:
    analysis = _analysis(connection, fact.call_id)
    if analysis is None:
        raise NothingToTell(Sentence("The analysis was deleted."))
    return AnalysisDone(
        fact_id=fact.id, occurred_at=fact.occurred_at, call=call, analysis=analysis, memo=_memo(connection, fact.call_id)
    )


_BUILDERS: Mapping[str, Callable[[Connection, Fact, Call], Event]] = {
    "on_call_end": _call_ended,
    "on_click_to_call": _number_clicked,
    "on_memo_saved": _memo_saved,
    "on_analysis_done": _analysis_done,
}


def _memo(connection: Connection, call_id: str) -> Memo | None:
    row = connection.execute(MEMO, {"of_call": call_id}).first()
    if row is None:
        return None
    return Memo(text=row.text, items=tuple(row.items), saved_at=row.saved_at, saved_by=row.saved_by)


def _analysis(connection: Connection, call_id: str) -> Analysis | None:
    row = connection.execute(ANALYSIS, {"of_call": call_id}).first()
    return None if row is None else Analysis(summary=row.summary, transcript=row.transcript, done_at=row.done_at)
