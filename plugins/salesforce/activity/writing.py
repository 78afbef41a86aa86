"""Writes one Task: created once, whatever is lost on the way, and changed only where it is ours (R29, B12)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from host.plugin_api import LimitReached, NeedsReauthorisation, RetryLater
from plugins.salesforce.activity.refusals import NotDone
from plugins.salesforce.activity.requests import KEY, Changed, change_task, create_task, find_task, read_task
from plugins.salesforce.activity.rows import Claim
from plugins.salesforce.activity.wish import Wish
from plugins.salesforce.client import Client
from plugins.salesforce.domain.activity.merge import Merged, Values, merge, new_task
from plugins.salesforce.domain.activity.standing import Standing, TaskState, assumed, modified, was_touched
from plugins.salesforce.wording import N_

SETTLING = timedelta(seconds=30)
"""How long Salesforce may still be at a creation after nobody waits for its answer any more. Nobody asks for it before."""
ROUNDS = 3
CREATED = N_("The activity was created in Salesforce.")
UPDATED = N_("The activity in Salesforce was updated.")
UP_TO_DATE = N_("The activity in Salesforce is up to date.")
NOT_KNOWN_YET = N_("Salesforce’s answer never came. It is looked up soon whether the activity was created.")
BEING_EDITED = N_("Somebody is editing the activity in Salesforce at this moment. It is tried again soon.")
UNSENT = (LimitReached, NeedsReauthorisation)


class Unwanted(Exception):
    """There is no Task, and none is to be made."""


@dataclass(slots=True, kw_only=True)
class TaskWriter:
    """Brings one claimed Task to what it should be. Each method gives back the sentence that says what was done."""

    client: Client
    claim: Claim
    call_id: str
    wish: Wish

    @property
    def standing(self) -> Standing:
        return self.claim.rows[self.call_id]

    def write(self) -> str:
        """
        Raises:
            NotDone: Salesforce refuses it.
            TaskGone: somebody has deleted it.
            Unwanted: there is none, and the wish is not to make one.
            RetryLater: it is not known whether it was done, or it has to wait.
        """
        if self.standing.state is TaskState.THERE:
            return self._update(None)
        found = self._found() if self.standing.state is TaskState.CREATING else None
        if found is not None:
            return self._adopt(found)
        if not self.wish.create:
            raise Unwanted
        return self._create()

    def _found(self) -> Values | None:
        """The Task that was asked for before, if it is there."""
        asked_at, now = self.standing.asked_at, self.claim.context.clock()
        if asked_at is not None and now - asked_at < SETTLING:
            raise RetryLater(NOT_KNOWN_YET, after=SETTLING - (now - asked_at))
        found = None
        if KEY in self.wish.desired:  # else this org does not let us mark it
            found = find_task(self.client, self.call_id, self.wish.names)
        if found is None:
            self.claim.save(self.standing.never_made())
        return found

    def _create(self) -> str:
        body = new_task(self.wish.desired)
        self.claim.require_time()
        self.claim.save(self.standing.creating(body, self.claim.context.clock()))
        try:
            record = create_task(self.client, body, self.wish.names)
        except (NotDone, *UNSENT):
            self.claim.save(self.standing.refused())
            raise
        except RetryLater:
            self.claim.save(replace(self.standing, asked_at=self.claim.context.clock()))
            raise
        self.claim.save(self.standing.there(self.wish.desired, record, str(record["Id"])))
        return CREATED

    def _adopt(self, record: Values) -> str:
        """It was created although the answer was lost: go on from what it holds."""
        self.claim.save(replace(self.standing, state=TaskState.THERE, task_id=str(record["Id"])))
        self._update(record)
        return CREATED

    def _update(self, current: Values | None) -> str:
        if current is None and self.standing.must_be_read(self.wish.desired):
            current = self._read()
        for _ in range(ROUNDS):
            merged = self._merged(current)
            if not merged.changes:
                self._keep(merged, current)
                return UP_TO_DATE
            answer = self._change(merged.changes, current)
            if answer.after is not None:
                self.take(merged, current, answer)
                return UPDATED
            current = answer.before
        raise RetryLater(BEING_EDITED)

    def _read(self) -> Values:
        self.claim.require_time()
        return read_task(self.client, self.standing.task_id, self.wish.names)

    def _merged(self, current: Values | None) -> Merged:
        return merge(self.wish.desired, self.standing.written, current, sent=self.standing.pending, room=self.wish.room)

    def _keep(self, merged: Merged, current: Values | None) -> None:
        if current is not None:
            self.claim.save(self.standing.there(merged.written, current))

    def _change(self, body: Values, current: Values | None) -> Changed:
        standing = self.standing
        since = modified(current) if current is not None else standing.written_at
        self.claim.require_time()
        self.claim.save(standing.writing(body))
        try:
            answer = change_task(self.client, standing.task_id, body, self.wish.names, since)
        except (NotDone, *UNSENT):
            self.claim.save(standing)
            raise
        if answer.after is None:
            self.claim.save(standing)
        return answer

    def take(self, merged: Merged, current: Values | None, answer: Changed) -> None:
        """Keep what was written; if a person had written there a moment before, theirs is put back beside ours."""
        after = answer.after or {}
        if not was_touched(merged.changes, assumed(self.standing.written, current), answer.before):
            self.claim.save(self.standing.there(merged.written, after))
            return
        better = self._merged(answer.before)
        theirs = {name: answer.before[name] for name in merged.changes if name in answer.before}
        repaired = self._change({**theirs, **better.changes}, after)
        if repaired.after is None:
            raise RetryLater(BEING_EDITED)
        self.claim.save(self.standing.there(better.written, repaired.after))
