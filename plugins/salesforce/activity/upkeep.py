"""Brings a call's Task up to date with the facts as they stand: the same for every event, in any order (R26-R29)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from host.plugin_api import Call, Done, Match, PermanentFailure, PluginContext, PluginError, Result, Sentence, Skipped
from plugins.salesforce.activity.many import write_many
from plugins.salesforce.activity.refusals import NotDone, OwnerRefused, TargetRefused
from plugins.salesforce.activity.requests import TaskGone
from plugins.salesforce.activity.rows import Claim, claimed, read_standing
from plugins.salesforce.activity.waiting import many_wait
from plugins.salesforce.activity.wish import Desk, open_desk, target_from
from plugins.salesforce.activity.writing import UP_TO_DATE, TaskWriter, Unwanted
from plugins.salesforce.assigning import mark_inactive
from plugins.salesforce.client import Client
from plugins.salesforce.domain.activity.standing import Standing, Target, TaskState
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.errors import SchemaOutdated
from plugins.salesforce.lookup import find
from plugins.salesforce.preferences import preferences_from
from plugins.salesforce.registration import clicked_of, question_of
from plugins.salesforce.task_org import fresh_task, kept_task
from plugins.salesforce.wording import N_

GONE = N_("Somebody deleted the activity of this call in Salesforce. It is not made anew.")
UNMATCHED = N_("No record holds the number, and calls without a record are not written as activities.")
WITHOUT_RECORD = N_(
    "%(done)s Salesforce does not take the record it belongs to any more, so it hangs on none: "
    "the record was deleted or converted, or the connected user may not see it."
)
OWN_INSTEAD = N_(
    "%(done)s The Salesforce user assigned to the person who handled the call is not active, or may not own it: "
    "it belongs to the connected user. Change the assignment on the page of the activity history."
)
ATTEMPTS = 5
"""More than there are different things to be mended."""
UNSOLVED = N_("Salesforce refuses this activity for several reasons. Run the connection test, then try again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What became of it. `match`: what was looked up for it, if anything."""

    result: Result
    match: Match | None = None


def bring_up_to_date(context: PluginContext, call: Call, found: Target | None = None) -> Brought:
    """Write the Task of this call as it should be now, or say why not.

    Args:
        found: what a look-up just found; with its fact in place of what was known. Without it the number is looked up if
            nobody has yet.
    """
    desk = open_desk(context, call)
    if isinstance(desk, Skipped):
        return Brought(result=desk)
    client = Client(desk.connection, Purpose.ACTIVITY)
    try:
        return _Upkeep(desk, client, call, found).run()
    except PluginError as problem:
        problem.api_calls = client.api_calls
        raise


def end_with_others(context: PluginContext, call: Call) -> int:
    """If many calls wait, do together what they ask for, and what the end of this one does; gives back the API calls."""
    if not many_wait(context):
        return 0
    desk = open_desk(context, call)
    if isinstance(desk, Skipped):
        return 0
    client = Client(desk.connection, Purpose.ACTIVITY)
    try:
        with suppress(SchemaOutdated):
            write_many(desk, client, call, ends=True)
    except PluginError as problem:
        problem.api_calls = client.api_calls
        raise
    return client.api_calls


@dataclass(slots=True)
class _Upkeep:
    """One call's Task being brought up to date."""

    desk: Desk
    client: Client
    call: Call
    found: Target | None
    match: Match | None = None
    refused_owner: str = ""
    looked_again: bool = False
    read_anew: bool = False

    def run(self) -> Brought:
        known = self._known(read_standing(self.desk.context, self.call.id))
        if known is not None and self.found is None:
            if known.state is TaskState.GONE:
                return Brought(result=Skipped(reason=GONE))
            if self._is_done(known):
                return Brought(result=Done(summary=UP_TO_DATE))
        if self.found is None and self._written_with_others():
            return Brought(result=Done(summary=UP_TO_DATE, api_calls=self.client.api_calls))
        with claimed(self.desk.context, self.call.id, self.desk.org) as claim:
            return Brought(result=self._claimed(claim), match=self.match)

    def _known(self, standing: Standing | None) -> Standing | None:
        """A row of another org says nothing of this one."""
        return standing if standing is not None and standing.org == self.desk.org else None

    def _is_done(self, standing: Standing) -> bool:
        if not standing.target.known:
            return False
        wish = self.desk.wish(self.call, standing.target)
        return standing.is_as(wish.desired, wish.room)

    def _written_with_others(self) -> bool:
        """With many waiting, one writes for all; whether ours was among them and there is nothing left to do."""
        if not many_wait(self.desk.context):
            return False
        with suppress(SchemaOutdated):  # a field has gone: alone, it is done without it
            write_many(self.desk, self.client, self.call, ends=False)
        now = self._known(read_standing(self.desk.context, self.call.id))
        return now is not None and self._is_done(now)

    def _claimed(self, claim: Claim) -> Result:
        """From here on nobody else works on it: the facts are read once more."""
        self.call = self.desk.context.calls.get(self.call.id) or self.call
        self._begin(claim)
        standing = claim.rows[self.call.id]
        if standing.state is TaskState.GONE:
            return Skipped(reason=GONE, api_calls=self.client.api_calls)
        if not standing.target.known:
            self._look_up(claim)
        return self._write(claim)

    def _begin(self, claim: Claim) -> None:
        standing = claim.rows[self.call.id]
        if standing.org != self.desk.org:  # it may have been written there in former times
            standing = Standing(call_id=self.call.id, org=self.desk.org, state=TaskState.CREATING)
        if self.found is not None and self._counts(self.found, standing.target):
            standing = replace(standing, target=self.found)
        if standing != claim.rows[self.call.id]:
            claim.save(standing)

    def _counts(self, found: Target, known: Target) -> bool:
        """What was found when the call began may come after what its end found, and replaces nothing."""
        return found.fact is not None or not known.known

    def _look_up(self, claim: Claim) -> None:
        target = Target(known=True)
        if self.call.number is not None:
            question = question_of(self.desk.context, self.call, preferences_from(self.desk.stored))
            found = find(self.client, question, clicked_of(self.desk.connection, self.call))
            self.client.budget.looked_up()
            self.match, target = found.match, target_from(found)
            self.desk.context.calls.keep_match(self.call.id, found.match)
        self._keep_target(claim, target)

    def _keep_target(self, claim: Claim, target: Target) -> None:
        before = claim.rows[self.call.id].target
        kept = replace(target, fact=before.fact, at_end=before.at_end)
        claim.save(replace(claim.rows[self.call.id], target=kept))

    def _write(self, claim: Claim) -> Result:
        for _ in range(ATTEMPTS):
            try:
                return self._told(claim, self._writer(claim).write())
            except TaskGone:
                claim.save(claim.rows[self.call.id].gone())
                return Skipped(reason=GONE, api_calls=self.client.api_calls)
            except Unwanted:
                return Skipped(reason=UNMATCHED, api_calls=self.client.api_calls)
            except NotDone as refused:
                if not self._mended(claim, refused.error):
                    raise refused.error from None
            except SchemaOutdated as outdated:
                if not self._mended(claim, outdated):
                    raise
        raise PermanentFailure(UNSOLVED)

    def _writer(self, claim: Claim) -> TaskWriter:
        wish = self.desk.wish(self.call, claim.rows[self.call.id].target)
        return TaskWriter(client=self.client, claim=claim, call_id=self.call.id, wish=wish)

    def _mended(self, claim: Claim, error: PluginError) -> bool:
        """Change what Salesforce refused; false if there is nothing to be changed."""
        if isinstance(error, SchemaOutdated) and not self.read_anew:
            self.read_anew = True
            stored = self.desk.context.settings.read()
            self.desk.schema = fresh_task(self.desk.connection, than=kept_task(stored))
            return True
        if isinstance(error, TargetRefused) and not claim.rows[self.call.id].target.refused:
            self._find_another(claim)
            return True
        if isinstance(error, OwnerRefused | TargetRefused) and self.desk.owner_is_assigned(self.call):
            self._own_it(claim, inactive=isinstance(error, OwnerRefused))
            return True
        return False

    def _find_another(self, claim: Claim) -> None:
        """The record was deleted or converted since: look once more, then go without."""
        target = claim.rows[self.call.id].target
        if not self.looked_again and self.call.number is not None and target.link is not None:
            self.looked_again = True
            self._look_up(claim)
            if claim.rows[self.call.id].target.link != target.link:
                return
        self._keep_target(claim, replace(claim.rows[self.call.id].target, refused=True))

    def _own_it(self, claim: Claim, *, inactive: bool) -> None:
        """The connected user owns it.

        If it was refused without its record as well, the owner was the reason: it hangs on its record again.
        """
        self.refused_owner = self.desk.owner(self.call)
        if not inactive:
            self._keep_target(claim, replace(claim.rows[self.call.id].target, refused=False))
        self.desk.own_only = True

    def _told(self, claim: Claim, done: str) -> Done:
        if claim.rows[self.call.id].target.refused:
            done = Sentence(WITHOUT_RECORD, done=Sentence(done))
        if self.refused_owner:  # the Task was taken without: kept for the page of assignments, and for the calls to come
            mark_inactive(self.desk.context, self.refused_owner)
            done = Sentence(OWN_INSTEAD, done=done if isinstance(done, Sentence) else Sentence(done))
        return Done(summary=done, api_calls=self.client.api_calls)
