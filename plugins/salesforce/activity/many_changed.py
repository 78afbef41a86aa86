"""Changes many Tasks that are there already in two API calls: they are read, then written and read again (R29, B12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from plugins.salesforce.activity.refusals import NotDone
from plugins.salesforce.activity.requests import Changed, TaskGone
from plugins.salesforce.activity.rows import Claim
from plugins.salesforce.activity.waiting import Waiting
from plugins.salesforce.activity.wish import Wish
from plugins.salesforce.activity.writing import TaskWriter
from plugins.salesforce.client import Client
from plugins.salesforce.composite import Asked, compose
from plugins.salesforce.domain.activity.merge import Merged, Values, merge
from plugins.salesforce.domain.activity.standing import Standing, TaskState


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One Task to be changed: as it is known, as it should be, and as it was read."""

    standing: Standing
    wish: Wish
    current: Values

    @property
    def merged(self) -> Merged:
        standing, wish = self.standing, self.wish
        return merge(wish.desired, standing.written, self.current, sent=standing.pending, room=wish.room)


def change_many(waiting: Waiting, client: Client, claim: Claim) -> None:
    """Read the claimed Tasks that are there, and change those that are not as they should be."""
    _Change(waiting, client).run(claim)


@dataclass(frozen=True, slots=True)
class _Change:
    waiting: Waiting
    client: Client

    def run(self, claim: Claim) -> None:
        there = [row for row in claim.rows.values() if row.state is TaskState.THERE]
        wishes = {row.call_id: wish for row in there if (wish := self.waiting.wish(row))}
        if not wishes:
            return
        names = sorted({name for wish in wishes.values() for name in wish.names})
        reading = _reading([claim.rows[call_id].task_id for call_id in wishes], names)
        read = _by_id(compose(self.client, {"read": reading})["read"].checked())
        jobs = [
            _Job(standing=standing, wish=wish, current=read[standing.task_id])
            for call_id, wish in wishes.items()
            if (standing := claim.rows[call_id]).task_id in read
        ]
        claim.save(*(job.standing.there(job.merged.written, job.current) for job in jobs if not job.merged.changes))
        changed = {job.standing.task_id: job for job in jobs if job.merged.changes}
        if changed:
            self._send(claim, changed, names)

    def _send(self, claim: Claim, jobs: Mapping[str, _Job], names: Sequence[str]) -> None:
        """Reads them before and after in the same request: so it is seen whose Task a person has changed meanwhile."""
        claim.require_time()
        claim.save(*(job.standing.writing(job.merged.changes) for job in jobs.values()))
        reading = _reading(list(jobs), names)
        answers = compose(self.client, {"before": reading, "changed": _changing(jobs), "after": reading})
        results = zip(jobs, answers["changed"].checked(), strict=True)
        done = {task_id for task_id, result in results if result["success"]}
        before, after = (_by_id(answers[name].checked()) for name in ("before", "after"))
        claim.save(*(job.standing for task_id, job in jobs.items() if task_id not in done))
        for task_id in done & before.keys() & after.keys():
            self._take(claim, jobs[task_id], Changed(before=before[task_id], after=after[task_id]))

    def _take(self, claim: Claim, job: _Job, answer: Changed) -> None:
        """Where a person's text cannot be put back, its own delivery says why."""
        writer = TaskWriter(client=self.client, claim=claim, call_id=job.standing.call_id, wish=job.wish)
        with suppress(NotDone, TaskGone):
            writer.take(job.merged, job.current, answer)


def _changing(jobs: Mapping[str, _Job]) -> Asked:
    records = [{"attributes": {"type": "Task"}, "id": task_id, **job.merged.changes} for task_id, job in jobs.items()]
    return Asked(path="composite/sobjects", method="PATCH", body={"allOrNone": False, "records": records})


def _reading(ids: Sequence[str], names: Sequence[str]) -> Asked:
    fields = ",".join(dict.fromkeys(("Id", *names, "LastModifiedDate")))
    return Asked(path=f"composite/sobjects/Task?ids={','.join(ids)}&fields={fields}")


def _by_id(records: Sequence[Any]) -> dict[str, Values]:
    return {str(record["Id"]): record for record in records if record}
