"""A record that a person chose for a number: it wins over R4 and R5 until it changes hands (B2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from host.plugin_api import RecordRef, Sentence
from plugins.salesforce.domain.decision import CHOSEN, Decision, Ranked
from plugins.salesforce.domain.hit import Hit
from plugins.salesforce.wording import N_

BY_HAND = N_("Chosen by %(name)s on %(date)s.")
OVERRULED = N_("Another record was chosen by hand")
LET_GO = N_("The record that %(name)s chose on %(date)s has changed hands: the rules decide again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A chosen record. `held`: whether it has ever been seen to hold the number in a counted field."""

    number: str
    record: RecordRef
    held: bool
    chosen_by: str
    chosen_at: datetime

    def hit(self, hits: Sequence[Hit]) -> Hit | None:
        """The chosen record among these, None if it is not there any more or has lost the number.

        One that never held the number, such as a person who rang from a new telephone, stays chosen while it exists.
        """
        found = next((hit for hit in hits if (hit.object, hit.id) == (self.record.object, self.record.id)), None)
        return found if found and (found.holds_number or not self.held) else None

    def said(self, template: str, zone: tzinfo) -> Sentence:
        """The sentence with who chose it and on which day."""
        return Sentence(template, name=self.chosen_by, date=f"{self.chosen_at.astimezone(zone):%Y-%m-%d}")


def decide_pinned(pin: Pin, chosen: Hit, hits: Sequence[Hit], zone: tzinfo) -> Decision:
    """The chosen record wins whatever else there is."""
    others = tuple(Ranked(hit, OVERRULED) for hit in hits if hit.holds_number and hit.id != chosen.id)
    return Decision(chosen, pin.said(BY_HAND, zone), (Ranked(chosen, CHOSEN), *others))
