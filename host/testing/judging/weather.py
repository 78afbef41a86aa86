"""Rules about a plugin whose CRM refuses, fails or does not answer: the right error, no storm, and back to work."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta

from host.domain.settlement import AttemptResult
from host.testing.exhibit import Exhibit
from host.testing.judging.evidence import Evidence
from host.testing.judging.people import kind_of
from host.testing.rule import NotApplicable, Rule, Tier
from host.testing.story import PERSONAL
from host.testing.wire import Trouble

MOST_REQUESTS = 10
"""In one call of a hook while nothing works."""
LATER = (AttemptResult.RETRY, AttemptResult.WAIT)
BY_A_PERSON = (AttemptResult.REAUTHORISE, AttemptResult.CONFIGURE)


def outage(evidence: Evidence) -> Iterator[str]:
    exhibit = evidence.shown
    not_there = (Trouble.BROKEN, Trouble.CUT, Trouble.SILENT)
    yield from _told_in(exhibit, not_there, LATER, "RetryLater")
    any_error = (*LATER, *BY_A_PERSON, AttemptResult.PERMANENT)
    yield from _told_in(exhibit, (Trouble.NONSENSE,), any_error, "one of the contract's errors")


def refused(evidence: Evidence) -> Iterator[str]:
    yield from _each_alone(evidence.shown, Trouble.REFUSED, BY_A_PERSON, "NeedsReauthorisation")


def forbidden(evidence: Evidence) -> Iterator[str]:
    allowed = (*BY_A_PERSON, AttemptResult.PERMANENT)
    yield from _each_alone(evidence.shown, Trouble.FORBIDDEN, allowed, "NeedsConfiguration")


def limited(evidence: Evidence) -> Iterator[str]:
    yield from _each_alone(evidence.shown, Trouble.LIMITED, LATER, "LimitReached or RetryLater")


def _told_in(exhibit: Exhibit, troubles: Collection[Trouble], right: Collection[AttemptResult], name: str) -> Iterator[str]:
    """One after the other on one installation: none of these may leave a mark, so each is told again in fair weather."""
    hooks = exhibit.asking  # found before anything is set up: a scenario has one CRM at a time
    with exhibit.at_work() as work:
        for hook in hooks:
            for trouble in filter(exhibit.scenario.happens, troubles):
                event = work.lab.event(hook, work.lab.call())
                told, requests = work.tell_in_trouble(hook, event, trouble)
                if told.result not in right:
                    yield f"{hook} under {trouble.value} ends as “{told.result}” instead of {name}: {told.message}"
                if requests > MOST_REQUESTS:
                    yield f"{hook} sends {requests} requests under {trouble.value}; {MOST_REQUESTS} are the most."
                again = work.tell_on(hook, event)
                if trouble is not Trouble.NONSENSE and not again.finished:
                    yield f"{hook} after {trouble.value} does not go on: “{again.result}”, {again.message}"


def _each_alone(exhibit: Exhibit, trouble: Trouble, right: Collection[AttemptResult], name: str) -> Iterator[str]:
    """Each hook on an installation of its own: these may well leave a mark."""
    if not exhibit.scenario.happens(trouble):
        raise NotApplicable(f"The plugin's system knows no {trouble.value}.")
    for hook in exhibit.asking:
        with exhibit.at_work() as work:
            event = work.lab.event(hook, work.lab.call())
            told, requests = work.tell_in_trouble(hook, event, trouble)
        if told.result not in right:
            yield f"{hook} under {trouble.value} ends as “{told.result}” instead of {name}: {told.message}"
        if requests > MOST_REQUESTS:
            yield f"{hook} sends {requests} requests under {trouble.value}; {MOST_REQUESTS} are the most."
        asked = timedelta(seconds=exhibit.scenario.waits)
        if trouble is Trouble.LIMITED and told.result is AttemptResult.RETRY and (told.after or timedelta()) < asked:
            yield f"{hook} is asked to wait {asked.total_seconds():g} s and does not pass that on (RetryLater(after=…))."


def discreet(evidence: Evidence) -> Iterator[str]:
    exhibit = evidence.shown
    _ = exhibit.fair
    hidden = [(secret, "a secret") for secret in exhibit.scenario.secrets() if secret]
    hidden += [(part, kind_of(part)) for part in PERSONAL]
    for what, told in exhibit.history:
        heard = "\n".join(told.overheard.everything())
        yield from (f"{what} writes {kind} to the log." for part, kind in hidden if part in heard)
        yield from (f"{what} says {kind} to admins." for part, kind in hidden if part in told.message)
    yield from exhibit.leaks


_NEEDS = ("answers", "in-time")
RULES = (
    Rule(
        id="outage",
        tier=Tier.GOLD,
        title="A CRM that is away costs time, not data",
        why="What is raised decides: RetryLater is tried again for two days; a bug or PermanentFailure is given up.",
        mend=(
            "Turn time-outs, broken connections and 5xx into RetryLater, once for each call of the hook; check that an "
            "answer is JSON before you read it."
        ),
        needs=_NEEDS,
        judge=outage,
    ),
    Rule(
        id="refused-credentials",
        tier=Tier.GOLD,
        title="Refused credentials park the work",
        why="Trying again with a key that is refused locks accounts; an admin has to hear of it at once.",
        mend=(
            "Turn 401 into NeedsReauthorisation, after one renewal at most, and call context.resume_parked() when "
            "somebody has connected again."
        ),
        needs=_NEEDS,
        judge=refused,
    ),
    Rule(
        id="missing-rights",
        tier=Tier.GOLD,
        title="A missing right is named to a person",
        why="Nobody can mend what is tried again in silence for two days.",
        mend="Turn 403 into NeedsConfiguration with a sentence that says which right is missing.",
        needs=_NEEDS,
        judge=forbidden,
    ),
    Rule(
        id="limits",
        tier=Tier.GOLD,
        title="It waits as long as the CRM asks it to",
        why="Who goes on asking is locked out for longer, with everything else that uses the CRM.",
        mend="Turn 429 into LimitReached or RetryLater(after=…) with the time of its Retry-After.",
        needs=_NEEDS,
        judge=limited,
    ),
    Rule(
        id="discreet",
        tier=Tier.GOLD,
        title="At work it shows neither secrets nor personal data",
        why="Errors happen in the middle of requests: their texts hold addresses with numbers and headers with keys.",
        mend="Say and log sentences of your own; raise your errors `from None`; give fields with secrets repr=False.",
        needs=_NEEDS,
        judge=discreet,
    ),
)
