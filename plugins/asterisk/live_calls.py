"""The calls going on at the PBX: sorts events to their calls and says what is new about them. No I/O."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from plugins.asterisk.call_fold import RELEVANT, fold, happened_at, linkedid
from plugins.asterisk.call_record import CallRecord, record
from plugins.asterisk.call_state import CallState
from plugins.asterisk.frames import Message
from plugins.asterisk.parties import Site

_REMEMBERED = 10_000
_BEGINNERS = frozenset({"Newchannel", "CoreShowChannel", "OriginateResponse"})


@dataclass(frozen=True, slots=True)
class News:
    """Something the host is to be told. `n` counts the transfers of a call; it is 1 for the other types."""

    type: str
    at: datetime
    record: CallRecord
    n: int = 1


def news(before: CallRecord | None, after: CallRecord) -> list[News]:
    """What the host does not know yet when it knows `before`."""
    told: list[News] = []
    if after.rung_at and (before is None or before.rung_at is None):
        told.append(News("call.ringing", after.rung_at, after))
    if after.answered_at and (before is None or before.answered_at is None):
        told.append(News("call.answered", after.answered_at, after))
    known = len(before.transfers) if before else 0
    for n, transfer in enumerate(after.transfers[known:], known + 1):
        told.append(News("call.transferred", transfer.at, after, n))
    if after.ended_at and (before is None or before.ended_at is None):
        told.append(News("call.ended", after.ended_at, after))
    return told


class LiveCalls:
    """All calls of one PBX which are not over, by Linkedid.

    `touched` and `gone` name the calls changed since `forget_changes`, for whoever keeps a copy.
    """

    def __init__(self, site: Site, calls: Iterable[CallState] = ()) -> None:
        self._site = site
        self.calls = {call.id: call for call in calls}
        self._owner = {leg.uniqueid: call.id for call in self.calls.values() for leg in call.legs}
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._confirmed: set[str] = set()
        self.touched: set[str] = set()
        self.gone: set[str] = set()

    def forget_changes(self) -> None:
        self.touched, self.gone = set(), set()

    def accept(self, message: Message, received_at: datetime) -> list[News]:
        """Takes one event and returns what is new about its call."""
        call_id = linkedid(message)
        if message.event not in RELEVANT or not call_id:
            return []
        at = happened_at(message, received_at)
        uniqueid = message.get("Uniqueid") or call_id
        if message.event in _BEGINNERS:
            self._begin(call_id, uniqueid, at)
        told = self._move(uniqueid, call_id, at)
        state = self.calls.get(call_id)
        if state is None:
            return told
        return told + self._keep(state, fold(state, message, received_at))

    def expect_roll_call(self) -> None:
        """From now on channels seen count as alive; call before asking for CoreShowChannels."""
        self._confirmed.clear()

    def roll_call_done(self) -> list[News]:
        """The list of live channels is complete: what was neither in it nor heard of since has ended unseen."""
        told: list[News] = []
        for state in list(self.calls.values()):
            legs = tuple(
                leg if leg.ended_at or leg.uniqueid in self._confirmed else replace(leg, ended_at=state.seen_at, lost=True)
                for leg in state.legs
            )
            if legs != state.legs:
                told += self._keep(state, replace(state, legs=legs))
        return told

    def _begin(self, call_id: str, uniqueid: str, at: datetime) -> None:
        self._confirmed.add(uniqueid)
        # The list of channels may still show one whose Hangup has been told already.
        if call_id not in self.calls and call_id not in self._ended:
            self.calls[call_id] = CallState(call_id, at)
        if call_id in self.calls:
            self._owner.setdefault(uniqueid, call_id)

    def _move(self, uniqueid: str, call_id: str, at: datetime) -> list[News]:
        """An attended transfer by SIP or a pick-up joins two calls: the channel goes on under the older Linkedid."""
        source = self.calls.get(self._owner.get(uniqueid, ""))
        target = self.calls.get(call_id)
        if source is None or target is None or source is target:
            return []
        self._owner[uniqueid] = call_id
        leg = source.leg(uniqueid)
        if leg is None:
            return []
        self.calls[call_id] = target.with_leg(replace(leg, answered_at=at if leg.up_at or leg.answered_at else None))
        self.touched.add(call_id)
        return self._keep(source, source.with_leg(replace(leg, ended_at=at)))

    def _keep(self, before: CallState, after: CallState) -> list[News]:
        if after == before:
            return []
        self.touched.add(after.id)
        self.calls[after.id] = after
        known, now = record(before, self._site), record(after, self._site)
        if after.is_over:
            self._forget(after)
        return news(known, now) if now else []

    def _forget(self, state: CallState) -> None:
        del self.calls[state.id]
        self.touched.discard(state.id)
        self.gone.add(state.id)
        for leg in state.legs:
            if self._owner.get(leg.uniqueid) == state.id:
                del self._owner[leg.uniqueid]
        self._ended[state.id] = None
        if len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)
