"""Rules about a plugin at work against its CRM in fair weather: it finds, writes once, keeps up, tells what it cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from host.domain.settlement import AttemptResult
from host.plugin_api import ContactEntry, ScheduledJob
from host.registry.outcomes import outcome_of
from host.testing.exhibit import Exhibit, Work
from host.testing.judging.evidence import Evidence
from host.testing.rule import NotApplicable, Rule, Tier
from host.testing.story import CALLER, LATER_MEMO, MEMO, ORDINARY, STRANGER, Story
from host.testing.tried_run import TriedRun
from host.testing.wire import Trouble

AS_USUAL = ("on_call_end", "on_memo_saved", "on_analysis_done")
END_LAST = ("on_memo_saved", "on_analysis_done", "on_call_end")
UNKNOWN_CALLER = Story("a call of somebody the CRM does not know", {"number": STRANGER, "raw_number": STRANGER})


def finds(evidence: Evidence) -> Iterator[str]:
    exhibit, known = evidence.shown, evidence.shown.scenario.known
    if known is None or "on_call_end" not in evidence.hooks:
        raise NotApplicable("The plugin looks nobody up.")
    with exhibit.at_work() as work:
        told = work.tell_story("on_call_end")
        entry = work.lab.entry(CALLER)
        if told.result is not AttemptResult.DONE or entry is None:
            yield f"A call of somebody the CRM knows ends as “{told.result}” ({told.message}), and no name is registered."
            return
        if (entry.company, entry.person) != (known.company, known.person):
            shown, right = f"{entry.company!r}, {entry.person!r}", f"{known.company!r}, {known.person!r}"
            yield f"The contact book shows {shown} instead of {right}."
        yield from _leaves_strangers(work)


def _leaves_strangers(work: Work) -> Iterator[str]:
    there = ContactEntry(number=STRANGER, company="Typed", person="By Hand", source="manual", updated_at=datetime.now(UTC))
    work.lab.context.contact_book.register(there)
    told = work.tell_story("on_call_end", UNKNOWN_CALLER)
    entry = work.lab.entry(STRANGER)
    if not told.finished:
        yield f"A call of somebody the CRM does not know ends as “{told.result}”: {told.message}"
    if entry is None or (entry.company, entry.person) != (there.company, there.person):
        yield "A look-up that finds nobody changes the entry that was there."


def repeatable(evidence: Evidence) -> Iterator[str]:
    exhibit = evidence.shown
    with exhibit.at_work() as work:
        for hook in evidence.hooks:
            event = work.lab.event(hook, work.lab.call())
            work.tell(hook, event)
            before = _state(work)
            again = work.tell(hook, event, f"{hook} a second time")
            if again.result is AttemptResult.BUG:
                yield f"{hook} told twice of the same: {again.message}"
            records, names = _state(work)
            if len(records) != len(before[0]) or names != before[1]:
                yield f"{hook} told twice of the same leaves {len(records)} records in the CRM instead of {len(before[0])}."
    if exhibit.scenario.writes and exhibit.scenario.speaks_http:
        yield from _lost_replies(exhibit)


def _state(work: Work) -> tuple[list[str], tuple[str, str]]:
    entry = work.lab.entry(CALLER)
    return sorted(work.scenario.records()), (entry.company, entry.person) if entry else ("", "")


def _lost_replies(exhibit: Exhibit) -> Iterator[str]:
    """The CRM did the work and the answer was lost, at each request in turn: the next try must find what it did."""
    requests = max(1, len(exhibit.fair["on_memo_saved"].sent)) if "on_memo_saved" in exhibit.fair else 0
    with exhibit.at_work() as work:
        for number in range(min(requests, 4)):
            before = len(work.scenario.records())
            event = work.lab.event("on_memo_saved", work.lab.call())
            work.tell_in_trouble("on_memo_saved", event, Trouble.LOST_REPLY, first=number)
            work.tell_on("on_memo_saved", event)
            written = len(work.scenario.records()) - before
            if written != 1:
                lost = f"the reply to request {number + 1} of a memo is lost"
                yield f"When {lost}, the next try leaves {written} records instead of 1."


def keeps_up(evidence: Evidence) -> Iterator[str]:
    exhibit = evidence.shown
    if not exhibit.scenario.writes:
        raise NotApplicable("The plugin writes no memos.")
    changed = replace(ORDINARY, memo=LATER_MEMO)
    for order in (AS_USUAL, END_LAST):
        with exhibit.at_work() as work:
            call_id = work.lab.call()
            for hook in [hook for hook in order if hook in evidence.hooks]:
                work.tell_story(hook, call_id=call_id)
            work.tell_story("on_memo_saved", changed, call_id)
            records = work.scenario.records()
            if sum(LATER_MEMO in record for record in records) != 1:
                yield f"After {', '.join(order)} and a change of the memo, the CRM does not hold the later memo once."
            if any(MEMO in record for record in records):
                yield f"After {', '.join(order)} and a change of the memo, the CRM still holds the earlier one."


def jobs_run(evidence: Evidence) -> Iterator[str]:
    exhibit = evidence.shown
    if not evidence.manifest["jobs"]:
        raise NotApplicable("The plugin has no job.")
    with exhibit.at_work() as work:
        work.lab.event("on_call_end", work.lab.call())  # one of the calls of the day
        work.clock.wait(timedelta(minutes=1))
        for job in work.lab.plugin.manifest.jobs:
            yield from _from_beginning_to_end(work, job)


def _from_beginning_to_end(work: Work, job: ScheduledJob) -> Iterator[str]:
    """Stopped after its first step, then going on from there."""
    run = TriedRun(due_at=work.clock())
    for stop_after in (1, None):
        run.stop_after = stop_after
        attempt = outcome_of(partial(job.run, work.lab.context, run)).attempt
        if attempt.result is AttemptResult.BUG:
            yield f"{job.name}: {attempt.message}"
            return
    if run.unstorable:
        yield f"{job.name} keeps what cannot be stored as JSON."


def counts(evidence: Evidence) -> Iterator[str]:
    exhibit = evidence.shown
    if not exhibit.scenario.speaks_http:
        raise NotApplicable("The plugin sends no HTTP requests.")
    for hook in exhibit.asking:
        fair = exhibit.fair[hook]
        if not fair.told.api_calls:
            yield f"{hook} sends {len(fair.sent)} requests and reports no api_calls."


def bounded(evidence: Evidence) -> Iterator[str]:
    exhibit, deadline = evidence.shown, evidence.manifest["deadline"]
    if not exhibit.scenario.speaks_http:
        raise NotApplicable("The plugin sends no HTTP requests.")
    for hook in exhibit.asking:
        for sent in exhibit.fair[hook].sent:
            parts = sent.timeout if isinstance(sent.timeout, tuple) else (sent.timeout,)
            if any(part is None for part in parts):
                yield f"{hook} sends {sent.request.method} {sent.request.path} without a time-out."
            elif sum(parts) > deadline:
                yield f"{hook} waits {sum(parts):g} s for {sent.request.path}; its deadline is {deadline:g} s."


_NEEDS = ("answers", "in-time")
RULES = (
    Rule(
        id="finds",
        tier=Tier.GOLD,
        title="It finds who called",
        why=(
            "This is what a CRM plugin is for: the name on the screen. A name typed by hand is not lost for a CRM that "
            "knows nobody."
        ),
        mend=(
            "Register company and person under the event's number with your name as source; without a match return Skipped."
        ),
        needs=_NEEDS,
        judge=finds,
    ),
    Rule(
        id="repeatable",
        tier=Tier.GOLD,
        title="Told twice it does its work once",
        why=(
            "Every event comes at least once: a worker may die, a reply may be lost. People find a doubled memo, and "
            "trust none."
        ),
        mend=(
            "Keep the CRM's id of what you wrote by `event.call.id`, or write it into the record and look there before "
            "creating."
        ),
        needs=_NEEDS,
        judge=repeatable,
    ),
    Rule(
        id="keeps-up",
        tier=Tier.GOLD,
        title="The latest memo wins, in one record",
        why="Memos are changed after the call; the CRM must hold what the person wrote last, whatever came first.",
        mend=(
            "Update the record of the call with `event.memo` as it stands; write it in on_memo_saved even if on_call_end "
            "was never told."
        ),
        needs=_NEEDS,
        judge=keeps_up,
    ),
    Rule(
        id="jobs-run",
        tier=Tier.GOLD,
        title="Its jobs run, and go on where they were stopped",
        why="Workers are restarted: a job that begins anew each time never ends, or does everything twice.",
        mend="`run.keep(…)` JSON after each step, and begin with what is in `run.kept`.",
        needs=_NEEDS,
        judge=jobs_run,
    ),
    Rule(
        id="counts",
        tier=Tier.GOLD,
        title="It tells what its calls cost",
        why="CRMs sell API calls by the day; an admin who sees the cost can set limits before they are reached.",
        mend="Give `api_calls` with Done, Skipped and every error.",
        needs=_NEEDS,
        judge=counts,
    ),
    Rule(
        id="time-outs",
        tier=Tier.GOLD,
        title="Every request has a time-out",
        why="Without one a server that does not answer holds a thread of the worker for ever.",
        mend=(
            "Give `timeout` with every request, or mount an adapter that sets it; all of it must fit into deadline_seconds."
        ),
        needs=_NEEDS,
        judge=bounded,
    ),
)
