"""A call as a row of the table `calls`: written from what is known of it, read back as that or as the public `Call`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from host.domain.call import responsible_user, told_facts
from host.domain.call_report import CallFacts, CallPicture, CallState, Participant, Party, Stamp, Transfer, Weight
from host.plugin_api.calls import Agent, Call, CallOutcome, Direction, RecordRef

EVERY_OTHER = ""  # the stamp of all facts that have none of their own: most rows come from one event
_PLAIN = ("started_at", "answered_at", "ended_at", "ring_seconds", "talk_seconds", "wait_seconds")
_TEXTS = ("external_name", "line", "queue_name", "hangup_by", "hangup_text", "recording_url")


def columns_of(picture: CallPicture, users: Mapping[str, int]) -> dict[str, Any]:
    """The column values of all that is known; `users` gives user ids by extension."""
    facts = picture.facts
    party = facts.party or Party()
    return {
        "state": picture.state.value,
        "direction": (facts.direction or Direction.INBOUND).value,
        "outcome": facts.outcome and facts.outcome.value,
        "agents": [_agent_json(agent, users) for agent in facts.agents],
        "transfers": [_transfer_json(transfer) for transfer in facts.transfers],
        "user_id": responsible_user(facts.agents, users),
        "clicked_object": facts.clicked_record and facts.clicked_record.object,
        "clicked_record_id": facts.clicked_record and facts.clicked_record.id,
        "stamps": _stamps_json(picture.stamps),
        "number": party.number,
        "raw_number": party.raw_number,
        "withheld": party.withheld,
        **{name: getattr(facts, name) for name in _PLAIN},
        **{name: getattr(facts, name) or "" for name in _TEXTS},
    }


def picture_from(row: RowMapping) -> CallPicture:
    """All that the row knows, ready to be merged with what an event tells."""
    facts = CallFacts(
        direction=Direction(row["direction"]),
        party=_party(row),
        agents=tuple(_participant(agent) for agent in row["agents"]),
        outcome=CallOutcome(row["outcome"]) if row["outcome"] else None,
        transfers=tuple(_transfer(transfer) for transfer in row["transfers"]),
        clicked_record=_record(row),
        **{name: row[name] for name in _PLAIN},
        **{name: row[name] or None for name in _TEXTS},
    )
    return CallPicture(state=CallState(row["state"]), facts=facts, stamps=_stamps(row["stamps"], facts))


def call_from(row: RowMapping, site_url: str = "") -> Call:
    """The call as plugins and pages see it. `site_url` makes its link."""
    return Call(
        id=row["id"],
        direction=Direction(row["direction"]),
        number=row["number"],
        raw_number=row["raw_number"],
        external_name=row["external_name"],
        withheld=row["withheld"],
        line=row["line"],
        agents=tuple(_agent(agent) for agent in row["agents"]),
        outcome=CallOutcome(row["outcome"]) if row["outcome"] else None,
        started_at=row["started_at"],
        answered_at=row["answered_at"],
        ended_at=row["ended_at"],
        ring_seconds=row["ring_seconds"],
        talk_seconds=row["talk_seconds"],
        clicked_record=_record(row),
        url=f"{site_url}/calls/{row['id']}" if site_url else "",
    )


def transfers_from(row: RowMapping) -> tuple[Transfer, ...]:
    return tuple(_transfer(transfer) for transfer in row["transfers"])


def _party(row: RowMapping) -> Party | None:
    party = Party(number=row["number"], raw_number=row["raw_number"], withheld=row["withheld"])
    return None if party == Party() else party


def _record(row: RowMapping) -> RecordRef | None:
    return RecordRef(object=row["clicked_object"], id=row["clicked_record_id"]) if row["clicked_object"] else None


def _agent_json(agent: Participant, users: Mapping[str, int]) -> dict[str, Any]:
    return {
        "extension": agent.extension,
        "name": agent.name,
        "user_id": users.get(agent.extension),
        "answered_at": _iso(agent.answered_at),
        "left_at": _iso(agent.left_at),
    }


def _agent(stored: Mapping[str, Any]) -> Agent:
    return Agent(
        extension=stored["extension"],
        name=stored["name"],
        user_id=stored["user_id"],
        answered_at=_moment(stored["answered_at"]),
        left_at=_moment(stored["left_at"]),
    )


def _participant(stored: Mapping[str, Any]) -> Participant:
    agent = _agent(stored)
    return Participant(extension=agent.extension, name=agent.name, answered_at=agent.answered_at, left_at=agent.left_at)


def _transfer_json(transfer: Transfer) -> dict[str, Any]:
    return {
        "kind": transfer.kind,
        "from": transfer.from_extension,
        "to": transfer.to_extension,
        "at": _iso(transfer.at),
    }


def _transfer(stored: Mapping[str, Any]) -> Transfer:
    return Transfer(kind=stored["kind"], from_extension=stored["from"], to_extension=stored["to"], at=_moment(stored["at"]))


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _stamps_json(stamps: Mapping[str, Stamp]) -> dict[str, list[int] | None]:
    """The stamp most facts share is written once; the others by name. A direction nobody told is marked as such."""
    counted = Counter(stamps.values())
    usual = max(counted, key=lambda stamp: (counted[stamp], stamp))
    own = {name: [stamp.weight, stamp.told_at] for name, stamp in stamps.items() if stamp != usual}
    untold = {} if "direction" in stamps else {"direction": None}
    return {EVERY_OTHER: [usual.weight, usual.told_at], **own, **untold}


def _stamps(stored: Mapping[str, Sequence[int] | None], facts: CallFacts) -> dict[str, Stamp]:
    """A fact counts as told by the usual teller unless its own stamp stands beside it."""
    usual = stored.get(EVERY_OTHER, (Weight.GUESSED, 0))
    found = {name: stored.get(name, usual) for name in told_facts(facts)}
    return {name: Stamp(*stamp) for name, stamp in found.items() if stamp is not None}
