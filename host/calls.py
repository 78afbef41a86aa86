"""The use cases of calls. Each is one transaction, which also publishes its fact to the plugins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from sqlalchemy import Connection, select

from host.call_errors import (
    AgentUnknown,
    AnalysisInvalid,
    CallError,
    CallNotFound,
    NotEnded,
    NothingDials,
    NumberNotDialable,
    RecordInvalid,
)
from host.call_touch import touch_call
from host.domain.call import clicked_picture, picture_of
from host.domain.call_report import CallFacts, Participant, Party
from host.domain.ids import new_call_id
from host.domain.phone import dialable, parse_number
from host.plugin_api.calls import Analysis, Direction, RecordRef
from host.security.event_sources import EventSource
from host.sentences import Sentence
from host.services import Services
from host.storage.call_notes import put_analysis
from host.storage.call_store import CallKey, insert_asked, store_told, users_by_extension
from host.storage.operations import log_operation
from host.storage.received_events import take_event
from host.storage.tables import calls, deliveries, users
from host.telephony.fields import is_storable
from host.telephony.parse import CallEvent

__all__ = [
    "LONGEST_ANALYSIS",
    "AgentUnknown",
    "AnalysisInvalid",
    "CallError",
    "CallNotFound",
    "NotEnded",
    "NothingDials",
    "NumberNotDialable",
    "RecordInvalid",
    "Taken",
    "apply_event",
    "click_to_call",
    "finish_analysis",
    "refetch",
]

REFETCHED, OF_CALL = Sentence("contact fetched again by hand"), Sentence("call")
LONGEST_ANALYSIS = 1_000_000
"""Characters: a transcript of many hours."""


class Taken(StrEnum):
    """What became of an event."""

    STORED = "stored"
    REPEATED = "repeated"


def apply_event(
    services: Services, source: EventSource, webhook_id: str, event: CallEvent, people: Mapping[str, int]
) -> Taken:
    """Store what the event tells of its call; when that ends the call, the plugins are told, exactly once per call.

    `people` are the ids of the host's users by extension.
    """
    now = services.clock()
    told = picture_of(event.type, event.told_at, _without_extension(event.facts, people))
    key = CallKey(source=source.name, source_call_id=event.source_call_id, own_id=event.own_id)
    with services.database.writing() as connection:
        if not take_event(connection, source, webhook_id, now):
            return Taken.REPEATED
        stored = store_told(connection, key, told, people, now)
        if stored.ended:
            services.publisher.publish(connection, stored.call_id, "on_call_end")
    return Taken.STORED


def click_to_call(services: Services, *, agent: str, number: str, record: RecordRef | None, by: str) -> str:
    """Ask the telephone system to ring the agent's extension and then call the number; gives back the call's id.

    Raises:
        NumberNotDialable, AgentUnknown, RecordInvalid, NothingDials: nothing was written.
    """
    dialled = dialable(number, services.config.region)
    if dialled is None:
        raise NumberNotDialable(
            Sentence("This number cannot be dialled. It may hold digits, + at its start, * and #, and the usual separators.")
        )
    _check_record(record)
    now = services.clock()
    call_id = new_call_id(now)
    with services.database.writing() as connection:
        name = _agent_name(connection, agent)
        if not services.dialling.possible(connection):
            raise NothingDials(
                Sentence("No plugin that dials is switched on. An admin switches it on under Settings, Plugins.")
            )
        facts = CallFacts(
            direction=Direction.OUTBOUND,
            party=Party(number=parse_number(number, services.config.region), raw_number=dialled),
            agents=(Participant(extension=agent, name=name),),
            started_at=now,
            clicked_record=record,
        )
        people = users_by_extension(connection, _extensions(facts))
        asked = clicked_picture(now, _without_extension(facts, people))
        insert_asked(connection, call_id, asked, people, now)
        detail = {"number": dialled, "extension": agent, "record": _record_json(record), "by": by}
        services.publisher.publish(connection, call_id, "on_click_to_call", detail)
    return call_id


def finish_analysis(services: Services, call_id: str, *, summary: str, transcript: str) -> None:
    """Keep the speech analysis of a call, in place of an earlier one.

    Raises:
        CallNotFound, AnalysisInvalid: nothing was written.
    """
    for text in (summary, transcript):
        if len(text) > LONGEST_ANALYSIS:
            raise AnalysisInvalid(
                Sentence("A summary or transcript may have up to %(most)s characters.", most=f"{LONGEST_ANALYSIS:,}")
            )
        if not is_storable(text):
            raise AnalysisInvalid(
                Sentence("A summary or transcript may not hold NUL characters or halves of surrogate pairs.")
            )
    with services.database.writing() as connection:
        touch_call(connection, services, call_id)
        put_analysis(connection, call_id, Analysis(summary=summary, transcript=transcript, done_at=services.clock()))
        services.publisher.publish(connection, call_id, "on_analysis_done")


def refetch(services: Services, call_id: str, by: str) -> None:
    """Have the plugins look up an ended call anew (R23).

    Raises:
        CallNotFound, NotEnded: nothing was written.
    """
    with services.database.writing() as connection:
        touch_call(connection, services, call_id)
        if connection.execute(select(calls.c.state).where(calls.c.id == call_id)).scalar() != "ended":
            raise NotEnded(Sentence("This call has not ended yet; its contact is looked up when it has."))
        fact_id = services.publisher.publish(connection, call_id, "on_call_end", {"refetch": True, "by": by})
        _log_refetch(connection, services, call_id, fact_id, by)


def _log_refetch(connection: Connection, services: Services, call_id: str, fact_id: int, by: str) -> None:
    """One line for each plugin that looks it up, in its own log (R18)."""
    asked = connection.execute(select(deliveries.c.plugin).where(deliveries.c.fact_id == fact_id)).scalars().all()
    for plugin in asked:
        log_operation(connection, at=services.clock(), actor=by, area=plugin, action=REFETCHED, detail={OF_CALL: call_id})


def _extensions(facts: CallFacts) -> set[str]:
    """Every text of the event that could be the extension of a host user."""
    found = {agent.extension for agent in facts.agents}
    return found | {facts.party.raw_number} if facts.party and facts.party.raw_number else found


def _without_extension(facts: CallFacts, people: Mapping[str, int]) -> CallFacts:
    """An outside party that is a user's extension is a colleague: kept as sent, never looked up."""
    if facts.party is None or facts.party.raw_number not in people:
        return facts
    return replace(facts, party=replace(facts.party, number=None))


def _agent_name(connection: Connection, extension: str) -> str:
    query = select(users.c.name).where(users.c.extension == extension, users.c.active)
    name = connection.execute(query).scalar() if is_storable(extension) else None
    if name is None:
        raise AgentUnknown(Sentence("No active user has this extension. An admin sets extensions on the page of users."))
    return str(name)


def _check_record(record: RecordRef | None) -> None:
    for part in (record.object, record.id) if record else ():
        if not 1 <= len(part) <= 100 or not is_storable(part):
            raise RecordInvalid(Sentence("The record's object and id need 1 to 100 characters each."))


def _record_json(record: RecordRef | None) -> dict[str, str] | None:
    return {"object": record.object, "id": record.id} if record else None
