"""Many Tasks at once: when work has piled up, whoever holds the turn writes up to 200 of them in two or three API calls.

The deliveries of those calls then find nothing left to do. What needs a closer look (a Task that was deleted, a refusal, a
person who writes at the same moment) is left to its own delivery.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from host.plugin_api import Call
from plugins.salesforce.activity.requests import Changed
from plugins.salesforce.activity.rows import Claim, claimed_many, read_standings
from plugins.salesforce.activity.wish import Desk, Wish
from plugins.salesforce.activity.writing import TaskWriter
from plugins.salesforce.client import Client
from plugins.salesforce.composite import Asked, compose
from plugins.salesforce.do_not_sync import line_key, read_do_not_sync
from plugins.salesforce.domain.activity.merge import Merged, Values, merge
from plugins.salesforce.domain.activity.standing import Standing, TaskState
from plugins.salesforce.domain.activity.task import is_logged
from plugins.salesforce.domain.do_not_sync import DoNotSync

TURN = "tasks"
HOOKS = ("on_memo_saved", "on_analysis_done")
FEW = 10
"""Fewer waiting than this are not worth it: the turn would only make them wait for each other."""
LONGEST_BACKLOG = 2000
MOST = 200
"""Salesforce takes so many records in one request of this kind."""


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


def write_many(desk: Desk, client: Client, call: Call) -> None:
    """Write the Task of this call, and of those that wait, as far as they are there already and only need a change.

    Raises:
        RetryLater: others had the turn for too long.
    """
    with desk.context.exclusive(TURN):
        batch = _Batch(desk, client, read_do_not_sync(desk.context))
        chosen = list(islice(batch.to_change(call.id), MOST))
        if len(chosen) >= FEW:
            with claimed_many(desk.context, chosen, desk.org) as claim:
                batch.change(claim)


@dataclass(frozen=True, slots=True)
class _Batch:
    """One turn. `listed`: what must not reach Salesforce."""

    desk: Desk
    client: Client
    listed: DoNotSync

    def to_change(self, own: str) -> Iterator[str]:
        """This call and those that wait, if their Tasks are there and are not as they should be."""
        context = self.desk.context
        waiting = list(dict.fromkeys((own, *context.backlog(LONGEST_BACKLOG, HOOKS))))
        for start in range(0, len(waiting), MOST):
            page = waiting[start : start + MOST]
            known = read_standings(context, page)
            yield from (call_id for call_id in page if call_id in known and self._wish(known[call_id]) is not None)

    def _wish(self, standing: Standing) -> Wish | None:
        """What a Task should be; None if it need not or must not be changed here."""
        if standing.state is not TaskState.THERE or standing.org != self.desk.org or not standing.target.known:
            return None
        call = self.desk.context.calls.get(standing.call_id)
        if call is None or not is_logged(self.desk.settings, call) or self._is_listed(call):
            return None
        wish = self.desk.wish(call, standing.target)
        return None if standing.is_as(wish.desired, wish.room) else wish

    def _is_listed(self, call: Call) -> bool:
        return self.listed.why(call.number, line_key(call.line, self.desk.context.site.region)) is not None

    def change(self, claim: Claim) -> None:
        """Read these Tasks, and change those that are not as they should be."""
        wishes = {call_id: wish for call_id, standing in claim.rows.items() if (wish := self._wish(standing))}
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
        writer = TaskWriter(client=self.client, claim=claim, call_id=job.standing.call_id, wish=job.wish)
        writer.take(job.merged, job.current, answer)


def _changing(jobs: Mapping[str, _Job]) -> Asked:
    records = [{"attributes": {"type": "Task"}, "id": task_id, **job.merged.changes} for task_id, job in jobs.items()]
    return Asked(path="composite/sobjects", method="PATCH", body={"allOrNone": False, "records": records})


def _reading(ids: Sequence[str], names: Sequence[str]) -> Asked:
    fields = ",".join(dict.fromkeys(("Id", *names, "LastModifiedDate")))
    return Asked(path=f"composite/sobjects/Task?ids={','.join(ids)}&fields={fields}")


def _by_id(records: Sequence[Any]) -> dict[str, Values]:
    return {str(record["Id"]): record for record in records if record}
