"""A connected site that writes activities: its calls, the facts of a call in any order, and the Tasks in the org."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update

from host.domain.ids import new_call_id
from host.plugin_api import (
    Analysis,
    AnalysisDone,
    CallEnded,
    Memo,
    MemoOrigin,
    MemoSaved,
    NumberClicked,
    PluginContext,
    Result,
    RetryLater,
)
from host.storage.call_notes import put_analysis, put_memo, versioned_memo_of
from host.storage.tables import calls
from plugins.salesforce.domain.activity.settings import ActivitySettings
from plugins.salesforce.plugin import plugin
from salesforce_sandbox.access import View
from salesforce_sandbox.records.write import delete_record, update_record
from tests.integration.salesforce.conftest import Host

NUMBER = "+81312345678"
SETTINGS = ActivitySettings(enabled=True, subject="{CALL_TYPE} {NUMBER}", comment="{MEMO}\n{SPEECH_RECOGNITION_SUMMARY}")
TASK = "Id, CallObject, Subject, Status, Description, WhoId, WhatId, OwnerId, CallType, CallDurationInSeconds, Priority"


@dataclass
class ActivitySite:
    """Everything goes through the plugin's hooks; a hook that asks for it is called again later, as the host does it."""

    host: Host
    facts: int = 0
    results: list[Result] = field(default_factory=list)

    @property
    def context(self) -> PluginContext:
        return self.host.context

    def switch(self, settings: ActivitySettings = SETTINGS) -> None:
        self.context.settings.write({"activity": settings.to_json()})

    def call(self, number: str | None = NUMBER, *, ended: bool = True, **changes: Any) -> str:
        """A call of agent 101 with this number; gives back its id."""
        now = self.host.clock()
        call_id = new_call_id(now)
        agent = {"extension": "101", "name": "佐藤 花子", "user_id": 1, "answered_at": now.isoformat(), "left_at": None}
        row: dict[str, Any] = {
            "id": call_id,
            "source": "test",
            "source_call_id": call_id,
            "state": "ended" if ended else "answered",
            "direction": "inbound",
            "number": number,
            "raw_number": number or "",
            "agents": [agent],
            "transfers": [],
            "outcome": "answered" if ended else None,
            "started_at": now - timedelta(minutes=3),
            "answered_at": now - timedelta(minutes=2),
            "ended_at": now if ended else None,
            "talk_seconds": 120.0 if ended else None,
            "created_at": now,
            "updated_at": now,
        }
        with self.host.services.database.writing() as connection:
            connection.execute(insert(calls).values(row | changes))
        return call_id

    def end(self, call_id: str) -> None:
        """A call that was going on is over; nobody has been told yet."""
        over = {"state": "ended", "outcome": "answered", "ended_at": self.host.clock(), "talk_seconds": 120.0}
        with self.host.services.database.writing() as connection:
            connection.execute(update(calls).where(calls.c.id == call_id).values(over))

    def write_memo(self, call_id: str, text: str) -> None:
        memo = Memo(text=text, saved_at=self.host.clock(), saved_by="a@example.com")
        with self.host.services.database.writing() as connection:
            before = versioned_memo_of(connection, call_id)
            put_memo(connection, call_id, memo, version=before.version + 1 if before else 1)

    def analyse(self, call_id: str, summary: str) -> None:
        with self.host.services.database.writing() as connection:
            done = Analysis(summary=summary, transcript="話した内容", done_at=self.host.clock())
            put_analysis(connection, call_id, done)

    def tell_end(self, call_id: str, *, refetch: bool = False, fact: int | None = None) -> Result:
        call = self.context.calls.get(call_id)
        assert call
        event = CallEnded(fact_id=fact or self._fact(), occurred_at=self.host.clock(), call=call, refetch=refetch)
        return plugin.on_call_end(self.context, event)

    def tell_click(self, call_id: str) -> Result:
        call = self.context.calls.get(call_id)
        assert call
        event = NumberClicked(
            fact_id=self._fact(),
            occurred_at=self.host.clock(),
            call=call,
            number=call.raw_number,
            agent=call.agents[0],
            record=call.clicked_record,
        )
        return plugin.on_click_to_call(self.context, event)

    def tell_memo(self, call_id: str) -> Result:
        call, memo = self.context.calls.get(call_id), self.context.calls.memo(call_id)
        assert call
        assert memo
        event = MemoSaved(fact_id=self._fact(), occurred_at=self.host.clock(), call=call, memo=memo, origin=MemoOrigin.PHONE)
        return plugin.on_memo_saved(self.context, event)

    def tell_analysis(self, call_id: str) -> Result:
        call, analysis = self.context.calls.get(call_id), self.context.calls.analysis(call_id)
        assert call
        assert analysis
        event = AnalysisDone(fact_id=self._fact(), occurred_at=self.host.clock(), call=call, analysis=analysis)
        return plugin.on_analysis_done(self.context, event)

    def memo(self, call_id: str, text: str) -> Result:
        self.write_memo(call_id, text)
        return self.tell_memo(call_id)

    def analysis(self, call_id: str, summary: str) -> Result:
        self.analyse(call_id, summary)
        return self.tell_analysis(call_id)

    def until_done(self, tell: Any, *arguments: Any, attempts: int = 12, **named: Any) -> Result:
        """Tell it again as often as it asks for that, a minute later each time."""
        for _ in range(attempts):
            try:
                return tell(*arguments, **named)
            except RetryLater:
                self.host.clock.advance(minutes=2)
        return tell(*arguments, **named)

    def tasks(self) -> list[dict[str, Any]]:
        """All Tasks in the org, read past its API."""
        database = self.host.org.running.org.database
        rows = database.rows(f"SELECT {TASK} FROM Task WHERE NOT IsDeleted ORDER BY Id", ())
        return [dict(zip(TASK.split(", "), row, strict=True)) for row in rows]

    def task(self) -> dict[str, Any]:
        """The one Task there is."""
        (task,) = self.tasks()
        return task

    def edit(self, task_id: str, **fields: Any) -> None:
        """A person changes a Task in Salesforce now, perhaps within the second in which we wrote it."""
        org = self.host.org.running.org
        with org.database.lock:
            update_record(org, View(org.catalog, None, person_accounts=False), org.catalog["Task"], task_id, fields)

    def delete(self, record_id: str, kind: str = "Task") -> None:
        """A person deletes a record in Salesforce."""
        org = self.host.org.running.org
        with org.database.lock:
            delete_record(org, View(org.catalog, None, person_accounts=False), org.catalog[kind], record_id)

    def fault(self, kind: str, path: str = "composite", **rule: Any) -> None:
        """The next request there meets this."""
        self.host.org.control("faults", [{"kind": kind, "match": {"path": path}, **rule}])

    def _fact(self) -> int:
        self.facts += 1
        return self.facts
