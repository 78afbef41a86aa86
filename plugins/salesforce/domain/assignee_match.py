"""Who of the site is who in Salesforce, by e-mail address (R28)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from host.plugin_api import SiteUser
from plugins.salesforce.assignees import Assignee

SANDBOX_ENDING = ".invalid"
"""What Salesforce appends to the addresses of users in a sandbox org, so that nobody gets its mails."""


class Outcome(StrEnum):
    """What the match found for one person. Only `FOUND` and `OTHER` change anything, `OTHER` an assignment that is there."""

    FOUND = "found"
    OTHER = "other"
    SAME = "same"
    SEVERAL = "several"
    INACTIVE = "inactive"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One person with what was found. `present` is the assignment there is, `users` are the ones with the same address."""

    person: SiteUser
    outcome: Outcome
    users: Sequence[Assignee] = ()
    present: Assignee | None = None

    @property
    def user(self) -> Assignee | None:
        """Who is proposed."""
        return self.users[0] if self.outcome in (Outcome.FOUND, Outcome.OTHER, Outcome.SAME) else None


def addresses(people: Iterable[SiteUser]) -> list[str]:
    """What to ask for: each person's address, also as it is written in a sandbox."""
    plain = {_plain(person.email) for person in people if person.email}
    return sorted(plain | {address + SANDBOX_ENDING for address in plain})


def proposals(
    people: Iterable[SiteUser], found: Iterable[Assignee], present: Mapping[int, Assignee]
) -> tuple[Proposal, ...]:
    """What the match would do, for each person in their order."""
    by_address: dict[str, list[Assignee]] = {}
    for user in found:
        by_address.setdefault(_plain(user.email), []).append(user)
    return tuple(_proposal(person, by_address.get(_plain(person.email), []), present.get(person.id)) for person in people)


def _proposal(person: SiteUser, users: Sequence[Assignee], present: Assignee | None) -> Proposal:
    active = [user for user in users if user.active]
    shown = active or users
    return Proposal(person=person, outcome=_outcome(users, active, present), users=shown, present=present)


def _outcome(users: Sequence[Assignee], active: Sequence[Assignee], present: Assignee | None) -> Outcome:
    if not active:
        return Outcome.INACTIVE if users else Outcome.NONE
    if present is not None and present.id in [user.id for user in active]:
        return Outcome.SAME
    if len(active) > 1:
        return Outcome.SEVERAL
    return Outcome.OTHER if present else Outcome.FOUND


def _plain(address: str) -> str:
    return address.strip().casefold().removesuffix(SANDBOX_ENDING)
