"""Tells a call as a list of moments: rung, answered, handed on, ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from host.delivery.dialling import DIALLING_FAILED, NEVER_TOLD
from host.domain.call_report import CallState, Transfer
from host.plugin_api import CallOutcome, Direction
from host.storage.history import CallRow
from host.web.pages.numbers import line_number
from host.web.pages.parties import agent_name


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened in a call; `at` is None if nobody told when."""

    at: datetime | None
    text: str
    tone: str = ""


def timeline(row: CallRow) -> list[Moment]:
    """What happened, in its order; what has no time keeps its place before the end."""
    middle = [*_answers(row), *_transfers(row)]
    middle.sort(key=lambda moment: moment.at or row.call.ended_at or row.updated_at)
    return [_beginning(row), *middle, *_end(row)]


def _beginning(row: CallRow) -> Moment:
    call = row.call
    if call.direction is Direction.INBOUND:
        text = _("Call came in on %(line)s", line=line_number(call.line)) if call.line else _("Call came in")
        return Moment(call.started_at, text, "info")
    if row.state is CallState.DIALLING:
        return Moment(call.started_at, _("Handed to the telephone system; your phone is about to ring"), "info")
    undialled = row.hangup_text in (DIALLING_FAILED, NEVER_TOLD)
    return Moment(call.started_at, _("Click-to-call") if undialled else _("Dialled"), "info")


def _answers(row: CallRow) -> Iterator[Moment]:
    for agent in row.call.agents:
        if agent.answered_at:
            yield Moment(agent.answered_at, _("%(name)s picked up", name=agent_name(agent)), "good")
    if row.call.direction is Direction.OUTBOUND and row.call.answered_at:
        yield Moment(row.call.answered_at, _("The other side answered"), "good")


def _transfers(row: CallRow) -> Iterator[Moment]:
    names = {agent.extension: agent_name(agent) for agent in row.call.agents}
    for transfer in row.transfers:
        yield Moment(transfer.at, _transfer_text(transfer, names), "info")


def _transfer_text(transfer: Transfer, names: dict[str, str]) -> str:
    giver = names.get(transfer.from_extension, _("ext. %(extension)s", extension=transfer.from_extension))
    taker = names.get(transfer.to_extension, _("ext. %(extension)s", extension=transfer.to_extension))
    if transfer.kind == "attended":
        return str(_("%(giver)s handed the call to %(taker)s after asking", giver=giver, taker=taker))
    return str(_("%(giver)s handed the call to %(taker)s", giver=giver, taker=taker))


def _end(row: CallRow) -> Iterator[Moment]:
    if row.state is not CallState.ENDED:
        return
    ended_by = {
        "external": _("Ended: the other side hung up"),
        "agent": _("Ended: hung up here"),
        "system": _("Ended by the telephone system"),
    }
    undialled = {DIALLING_FAILED: _("Dialling failed."), NEVER_TOLD: _("The telephone system never told of this call.")}
    good = row.call.outcome is CallOutcome.ANSWERED
    text = undialled.get(row.hangup_text) or ended_by.get(row.hangup_by, _("Ended"))
    yield Moment(row.call.ended_at, text, "" if good else "bad")


def handled_by(row: CallRow) -> str:
    """Who took the call; while nobody has, whose phone it is for."""
    agent = row.call.handled_by
    if agent is None:
        return row.user_name or next((agent_name(one) for one in row.call.agents[:1]), "")
    return row.user_name if row.user_name and agent.user_id == row.user_id else agent_name(agent)
