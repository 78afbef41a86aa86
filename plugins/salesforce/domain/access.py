"""What the org itself allows: API version, edition and access, the end of a trial, the calls that are left (R7, R9, B4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from host.plugin_api import Sentence
from plugins.salesforce.domain.finding import Finding, Group, Level, Right
from plugins.salesforce.wording import N_

GUARANTEED_RELEASES = 9
"""Salesforce supports a version for at least three years, with three releases a year (API end-of-life policy)."""
RETIRED_AT_ONCE = 10
"""How many of the oldest versions Salesforce retired together: 21.0 to 30.0 in Summer '25."""
FEW_LEFT = 0.2
TRIAL_NEAR = timedelta(days=30)

OFFERED = N_("API version %(version)s is set, and the org offers it. The newest is %(newest)s.")
PAST_GUARANTEE = N_(
    "API version %(version)s is set, and the org offers it. Its three guaranteed years are over; "
    "Salesforce announces a retirement a year before. The newest is %(newest)s."
)
OLDEST = N_("API version %(version)s is set. It is one of the oldest that the org still offers; the newest is %(newest)s.")
OLDEST_COST = N_("Salesforce retires the oldest first, with a year’s notice. Nothing stops working now.")
CHOOSE_NEWER = N_("Set a newer version under “Salesforce org and app”; it is tested before it is used.")
NOT_OFFERED = N_("API version %(version)s is set, but the org does not offer it. It offers %(offered)s.")
NOTHING_WORKS = N_("Nothing works.")
API_ANSWERS = N_("The REST API answers: the org has access to it, and the user has the permission “API Enabled”.")
EDITION = N_("%(edition)s, production org.")
EDITION_SANDBOX = N_("%(edition)s, sandbox.")
EDITION_HIDDEN = N_("The org’s edition cannot be read by the connected user. It is not needed.")
TRIAL = N_("The org is a trial: it ends on %(day)s.")
TRIAL_COST = N_("From then on the org does not answer any more.")
BUY = N_("Ask Salesforce to prolong it, or connect another org.")
CALLS_LEFT = N_("API calls left in 24 hours: %(left)s of %(total)s.")
NONE_LEFT = N_("Look-ups wait until the count of the last 24 hours falls.")
FEW_COST = N_("When none is left, look-ups wait until the count of the last 24 hours falls.")
SAVE_CALLS = N_("See which programs use the org’s API calls (Setup, System Overview), or buy more.")
CALLS_UNKNOWN = N_("Salesforce did not say how many API calls are left.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """The org's own record. `edition` is Salesforce's OrganizationType; `trial_ends` None for an org that is no trial."""

    name: str
    edition: str
    is_sandbox: bool
    trial_ends: datetime | None = None


def version_finding(version: str, offered: Sequence[str]) -> Finding:
    """The version that is set, against those the org offers: being old asks for nothing, being among the oldest does."""
    if version not in offered:
        text = Sentence(NOT_OFFERED, version=version, offered=list(offered) or "–")
        return _line(Level.BAD, text, cost=NOTHING_WORKS, remedy=CHOOSE_NEWER)
    by_age = sorted(offered, key=float)
    newest = by_age[-1]
    if float(newest) - float(version) < GUARANTEED_RELEASES:
        return _line(Level.GOOD, Sentence(OFFERED, version=version, newest=newest))
    if version in by_age[:RETIRED_AT_ONCE]:
        return _line(Level.WARN, Sentence(OLDEST, version=version, newest=newest), cost=OLDEST_COST, remedy=CHOOSE_NEWER)
    return _line(Level.NOTE, Sentence(PAST_GUARANTEE, version=version, newest=newest))


def refused_finding(reason: str) -> Finding:
    """The org or user has no access to the API; `reason` is by Salesforce's own answer (R9)."""
    return _line(Level.BAD, reason, right=Right.API, cost=NOTHING_WORKS)


def failed_finding(reason: str) -> Finding:
    """The test could not be done, which says nothing of any right."""
    return _line(Level.BAD, reason)


def access_findings(organization: Organization | None, calls: tuple[int, int] | None, now: datetime) -> tuple[Finding, ...]:
    """What can be told once the API has answered; `calls` are those used and allowed in 24 hours."""
    answers = _line(Level.GOOD, API_ANSWERS, right=Right.API)
    return (answers, _edition(organization), *_trial(organization, now), _calls_left(calls))


def _edition(organization: Organization | None) -> Finding:
    if organization is None or not organization.edition:
        return _line(Level.NOTE, EDITION_HIDDEN)
    text = EDITION_SANDBOX if organization.is_sandbox else EDITION
    return _line(Level.GOOD, Sentence(text, edition=organization.edition))


def _trial(organization: Organization | None, now: datetime) -> tuple[Finding, ...]:
    ends = organization.trial_ends if organization else None
    if ends is None:
        return ()
    text = Sentence(TRIAL, day=f"{ends:%Y-%m-%d}")
    near = ends - now <= TRIAL_NEAR
    return (_line(Level.WARN, text, cost=TRIAL_COST, remedy=BUY) if near else _line(Level.NOTE, text),)


def _calls_left(calls: tuple[int, int] | None) -> Finding:
    if calls is None or calls[1] <= 0:
        return _line(Level.NOTE, CALLS_UNKNOWN)
    used, total = calls
    left = max(total - used, 0)
    text = Sentence(CALLS_LEFT, left=f"{left:,}", total=f"{total:,}")
    if left == 0:
        return _line(Level.BAD, text, cost=NONE_LEFT, remedy=SAVE_CALLS)
    if left < total * FEW_LEFT:
        return _line(Level.WARN, text, cost=FEW_COST, remedy=SAVE_CALLS)
    return _line(Level.GOOD, text)


def _line(level: Level, text: str, *, right: Right | None = None, cost: str = "", remedy: str = "") -> Finding:
    return Finding(level=level, group=Group.ACCESS, right=right, text=text, cost=cost, remedy=remedy)
