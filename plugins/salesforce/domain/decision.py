"""Which of the records that hold a number wins, and the sentence that says why (R4, R5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugins.salesforce.domain.hit import Hit
from plugins.salesforce.domain.schema import OBJECTS
from plugins.salesforce.wording import N_

NO_RECORD = N_("No record holds this number.")
ONLY_RECORD = N_("It is the only record that holds the number.")
BY_OBJECT = N_("A Contact comes before an Account, an Account before a Lead.")
BY_DATE = N_("Of several records of one object, the one changed last wins.")
BY_ID = N_("They were changed at the same moment: the higher Id wins.")
CLICKED = N_("The record that was clicked wins, because it holds the dialled number.")

CHOSEN = N_("Chosen")
LATER_OBJECT = N_("Another object comes first")
OLDER = N_("Another record was changed later")
LOWER_ID = N_("Changed at the same moment as the chosen one, with a lower Id")
NOT_IN_COUNTED_FIELD = N_("No field that counts holds the number")


@dataclass(frozen=True, slots=True)
class Ranked:
    """A hit with the reason why it won or lost."""

    hit: Hit
    verdict: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The winner (None if nobody holds the number), the rule that decided, and all hits: best first, non-holders last."""

    winner: Hit | None
    rule: str
    ranked: tuple[Ranked, ...]


def decide(hits: Sequence[Hit]) -> Decision:
    """Rank by object, then newest LastModifiedDate, then higher Id."""
    holders = _best_first([hit for hit in hits if hit.holds_number])
    others = tuple(Ranked(hit, NOT_IN_COUNTED_FIELD) for hit in hits if not hit.holds_number)
    if not holders:
        return Decision(None, NO_RECORD, others)
    winner = holders[0]
    losers = tuple(Ranked(hit, _why_lost(hit, winner)) for hit in holders[1:])
    return Decision(winner, _rule(holders), (Ranked(winner, CHOSEN), *losers, *others))


def decide_clicked(clicked: Hit) -> Decision:
    """The clicked record holds the dialled number: it wins whatever else there is (R22)."""
    return Decision(clicked, CLICKED, (Ranked(clicked, CHOSEN),))


def _best_first(holders: list[Hit]) -> list[Hit]:
    newest = sorted(holders, key=lambda hit: (hit.modified_at, hit.id), reverse=True)
    return sorted(newest, key=lambda hit: OBJECTS.index(hit.object))


def _why_lost(hit: Hit, winner: Hit) -> str:
    if hit.object != winner.object:
        return LATER_OBJECT
    return OLDER if hit.modified_at < winner.modified_at else LOWER_ID


def _rule(holders: Sequence[Hit]) -> str:
    """The rule by which the winner beat the one nearest to it."""
    if len(holders) == 1:
        return ONLY_RECORD
    first, second = holders[0], holders[1]
    if first.object != second.object:
        return BY_OBJECT
    return BY_DATE if first.modified_at > second.modified_at else BY_ID
