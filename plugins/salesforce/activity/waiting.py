"""The calls whose facts wait to be delivered, as far as their Tasks can be written together with others (R29)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from host.plugin_api import Call, PluginContext
from plugins.salesforce.activity.requests import KEY
from plugins.salesforce.activity.rows import claimed_of, read_standings
from plugins.salesforce.activity.wish import Desk, Wish
from plugins.salesforce.activity.writing import SETTLING
from plugins.salesforce.auth_api import Feature
from plugins.salesforce.do_not_sync import line_key, read_do_not_sync
from plugins.salesforce.domain.activity.standing import Standing, TaskState
from plugins.salesforce.domain.activity.task import is_logged
from plugins.salesforce.domain.do_not_sync import DoNotSync

END = "on_call_end"
ANALYSIS = "on_analysis_done"
HOOKS = (END, "on_memo_saved", ANALYSIS)
FEW = 10
"""Fewer waiting than this are not worth it: the turn would only make them wait for each other."""
FEWEST = 3
"""Of those that are left at the end of a backlog, fewer cost no more API calls alone."""
LONGEST_BACKLOG = 2000
MOST = 200
"""Salesforce takes so many records in one request of this kind."""


def many_wait(context: PluginContext) -> bool:
    """Whether so much has piled up that it is written together."""
    return len(context.backlog(FEW, HOOKS)) >= FEW


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one turn may write.

    Args:
        in_line: the calls whose deliveries wait for the turn.
        ends: the calls that end with it, whose names are still to be entered in the contact book (R19).
        listed: what must not reach Salesforce.
    """

    desk: Desk
    in_line: Collection[str]
    ends: Collection[str]
    listed: DoNotSync

    def unwritten(self) -> Iterator[str]:
        """Those in line and those that wait, if there is something to be done for them here: first what has no Task yet.

        What is up to date already is many, with such a backlog, and takes longest to be recognised.
        """
        there: list[Standing] = []
        for standing in self._standings():
            if standing.state is TaskState.THERE:
                there.append(standing)
            elif self.is_unwritten(standing):
                yield standing.call_id
        yield from (standing.call_id for standing in there if self.is_unwritten(standing))

    def _standings(self) -> Iterator[Standing]:
        """Those that nobody works on."""
        context = self.desk.context
        waiting = list(dict.fromkeys((*self.in_line, *context.backlog(LONGEST_BACKLOG, self._hooks()))))
        for start in range(0, len(waiting), MOST):
            page = waiting[start : start + MOST]
            known, in_hand = read_standings(context, page), claimed_of(context, page)
            free = (call_id for call_id in page if call_id not in in_hand)
            yield from (known.get(call_id) or Standing(call_id=call_id, org=self.desk.org) for call_id in free)

    def _hooks(self) -> tuple[str, ...]:
        """An analysis alone is no reason to write where the auth method does not declare it (R26)."""
        declared = self.desk.connection.method.declares(Feature.MEMO_ON_ANALYSIS)
        return HOOKS if declared else tuple(hook for hook in HOOKS if hook != ANALYSIS)

    def is_unwritten(self, standing: Standing) -> bool:
        """Whether its Task is not as it should be, and that can be done here."""
        return self.wish(standing) is not None if standing.target.known else self.to_look_up(standing) is not None

    def to_look_up(self, standing: Standing) -> Call | None:
        """The call, if nobody knows yet whom it is about; where a record was clicked, its own delivery asks for that."""
        if standing.target.known or not self._is_open(standing):
            return None
        call = self._logged(standing.call_id)
        return call if call is not None and call.clicked_record is None else None

    def wish(self, standing: Standing) -> Wish | None:
        """What a Task should be; None if it need not or must not be written here."""
        if not standing.target.known or not self._is_open(standing):
            return None
        call = self._logged(standing.call_id)
        if call is None:
            return None
        wish = self.desk.wish(call, standing.target)
        if standing.state is TaskState.THERE:
            return None if standing.is_as(wish.desired, wish.room) else wish
        return wish if wish.create and KEY in wish.desired else None

    def _is_open(self, standing: Standing) -> bool:
        """Not one that a person deleted, nor another org's; and none that was asked for or refused a moment ago."""
        if standing.state is TaskState.GONE or standing.org != self.desk.org:
            return False
        if standing.state is TaskState.THERE or standing.asked_at is None:
            return True
        return self.desk.context.clock() - standing.asked_at >= SETTLING

    def _logged(self, call_id: str) -> Call | None:
        call = self.desk.context.calls.get(call_id)
        if call is None or not is_logged(self.desk.settings, call):
            return None
        line = line_key(call.line, self.desk.context.site.region)
        return call if self.listed.why(call.number, line) is None else None


def waiting_with(desk: Desk, in_line: Mapping[str, bool]) -> Waiting:
    """What waits beside the calls in line; of each is said whether its end is being delivered."""
    ending = desk.context.backlog(LONGEST_BACKLOG, (END,))
    ends = frozenset((*ending, *(call_id for call_id, ends in in_line.items() if ends)))
    return Waiting(desk, list(in_line), ends, read_do_not_sync(desk.context))
