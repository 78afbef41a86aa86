"""Calls, memos and analyses that the kit makes up, and the events of them as a worker would build them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from host.domain.ids import new_call_id
from host.plugin_api import Analysis, Memo, RecordRef
from host.storage.call_notes import put_analysis, put_memo, versioned_memo_of
from host.storage.tables import calls

CALLER = "+819012345678"
NAME = "Kotoha Canary-Shirakawa"
MEMO = "Canary memo: asked for offer 4711, call back on Wednesday."
LATER_MEMO = "Canary memo: the offer 4711 was sent."
SUMMARY = "Canary summary: an offer was asked for."
TRANSCRIPT = "Canary transcript: hello, I should like to have an offer."
STRANGER = "+81312345000"
PERSONAL = (
    CALLER,
    CALLER.replace("+81", "0"),
    CALLER.removeprefix("+"),
    NAME,
    "Canary memo",
    "Canary summary",
    "Canary transcript",
)
"""What is never to be read in a log, nor in a message to an admin."""
LONGEST_MEMO = 20_000


@dataclass(frozen=True, slots=True)
class Story:
    """One call the kit tells of: what differs from an ordinary inbound call that agent 101 answered."""

    title: str
    call: Mapping[str, Any] = field(default_factory=dict)
    record: RecordRef | None = None
    memo: str = MEMO
    detail: Mapping[str, Any] = field(default_factory=dict)


ORDINARY = Story("an ordinary call")
ODD = (
    Story("an outbound call", {"direction": "outbound"}),
    Story("a withheld number", {"number": None, "raw_number": "anonymous", "withheld": True}),
    Story("an internal call", {"direction": "internal", "number": None, "raw_number": "102"}),
    Story("a missed call", {"agents": [], "outcome": "no_answer", "answered_at": None, "talk_seconds": None}),
    Story("a call of which nothing but its end is known", {
        "agents": [], "outcome": "unknown", "answered_at": None, "talk_seconds": None, "ring_seconds": None, "line": "",
    }),
    Story("a foreign number", {"number": "+4930901820", "raw_number": "+4930901820"}),
    Story("texts with odd characters", {"external_name": "山田 <b>&\"' 🏯\u202e"}, memo="<b>{{ 7*7 }}</b> %s {0} 😀"),
    Story("the longest memo", memo="長" * LONGEST_MEMO),
    Story("a memo that was emptied", memo=""),
    Story("a record of a kind nobody knows", record=RecordRef(object="Canary__x", id="no such id")),
    Story("a contact fetched again by hand", detail={"refetch": True}),
)  # fmt: skip


def store_call(connection: Connection, story: Story, now: datetime) -> str:
    """Store the story's call; gives back its id."""
    call_id = new_call_id(now)
    started = now - timedelta(seconds=62)
    answered = started + timedelta(seconds=2)
    agent = {"extension": "101", "name": "Alice Sato", "user_id": None, "answered_at": answered.isoformat(), "left_at": None}
    row: dict[str, Any] = {
        "id": call_id,
        "source": "tsunagu:check",
        "source_call_id": call_id,
        "state": "ended",
        "direction": "inbound",
        "number": CALLER,
        "raw_number": CALLER,
        "external_name": NAME,
        "withheld": False,
        "line": "0312340000",
        "agents": [agent],
        "transfers": [],
        "stamps": {},
        "outcome": "answered",
        "started_at": started,
        "answered_at": answered,
        "ended_at": now,
        "ring_seconds": 2.0,
        "talk_seconds": 60.0,
        "created_at": started,
        "updated_at": now,
    }
    clicked = {"clicked_object": story.record.object, "clicked_record_id": story.record.id} if story.record else {}
    connection.execute(insert(calls).values(**row | clicked | dict(story.call)))
    return call_id


def write_memo(connection: Connection, call_id: str, text: str, now: datetime) -> None:
    """As a person saves it on the phone, or changes it later."""
    before = versioned_memo_of(connection, call_id)
    memo = Memo(text=text, items=("Call back",), saved_at=now, saved_by="agent@example.com")
    put_memo(connection, call_id, memo, version=before.version + 1 if before else 1)


def write_analysis(connection: Connection, call_id: str, now: datetime) -> None:
    """As the telephone system sends it."""
    put_analysis(connection, call_id, Analysis(summary=SUMMARY, transcript=TRANSCRIPT, done_at=now))
