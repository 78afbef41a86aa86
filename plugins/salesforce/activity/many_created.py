"""Makes many Tasks in one API call; those whose creation may have been asked for before are looked for first (R29)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from host.plugin_api import RetryLater
from plugins.salesforce.activity.requests import Made, create_tasks, find_tasks
from plugins.salesforce.activity.rows import Claim
from plugins.salesforce.activity.waiting import Waiting
from plugins.salesforce.activity.wish import Wish
from plugins.salesforce.activity.writing import UNSENT
from plugins.salesforce.client import Client
from plugins.salesforce.domain.activity.merge import new_task
from plugins.salesforce.domain.activity.standing import Standing, TaskState


def create_many(waiting: Waiting, client: Client, claim: Claim) -> None:
    """Make the Tasks that are not there. One that Salesforce refuses stops no other; its own delivery says why.

    Raises:
        RetryLater: it is not known whether they were made; whoever comes next looks for them.
    """
    _Creation(waiting, client, claim).run()


@dataclass(frozen=True, slots=True)
class _Creation:
    waiting: Waiting
    client: Client
    claim: Claim

    def run(self) -> None:
        asked_for = self._in_state(TaskState.CREATING)
        if asked_for:
            self._look_for(list(asked_for))
        wishes = self._in_state(TaskState.NONE)
        if wishes:
            self._make(wishes)

    def _in_state(self, state: TaskState) -> dict[str, Wish]:
        rows = [row for row in self.claim.rows.values() if row.state is state]
        return {row.call_id: wish for row in rows if (wish := self.waiting.wish(row))}

    def _look_for(self, call_ids: Sequence[str]) -> None:
        """Those that are there are ours from now on; what they hold is read before they are changed."""
        self.claim.require_time()
        found = find_tasks(self.client, call_ids)
        rows = self.claim.rows
        self.claim.save(
            *(
                _adopted(rows[call_id], found[call_id]) if call_id in found else rows[call_id].never_made()
                for call_id in call_ids
            )
        )

    def _make(self, wishes: Mapping[str, Wish]) -> None:
        bodies = {call_id: new_task(wish.desired) for call_id, wish in wishes.items()}
        self.claim.require_time()
        self._save({call_id: row.creating(bodies[call_id], self._now()) for call_id, row in self._rows(wishes).items()})
        try:
            made = create_tasks(self.client, list(bodies.values()))
        except UNSENT:
            self._save({call_id: row.refused() for call_id, row in self._rows(wishes).items()})
            raise
        except RetryLater:
            self._save({call_id: replace(row, asked_at=self._now()) for call_id, row in self._rows(wishes).items()})
            raise
        self._take(wishes, dict(zip(bodies, made, strict=True)))

    def _take(self, wishes: Mapping[str, Wish], made: Mapping[str, Made | None]) -> None:
        rows = self._rows(wishes)
        done = {call_id: one for call_id, one in made.items() if one is not None}
        refused = {call_id: rows[call_id].refused() for call_id in wishes.keys() - done.keys()}
        there = {
            call_id: rows[call_id].there(wishes[call_id].desired, one.record, one.task_id) for call_id, one in done.items()
        }
        self._save({**refused, **there})

    def _rows(self, call_ids: Mapping[str, Wish]) -> dict[str, Standing]:
        return {call_id: self.claim.rows[call_id] for call_id in call_ids}

    def _save(self, rows: Mapping[str, Standing]) -> None:
        self.claim.save(*rows.values())

    def _now(self) -> datetime:
        return self.claim.context.clock()


def _adopted(standing: Standing, task_id: str) -> Standing:
    return replace(standing, state=TaskState.THERE, task_id=task_id)
