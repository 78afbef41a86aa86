"""Who takes part in a call: its first leg, its direction, the legs it was meant for and who the outside party is. Pure."""

from dataclasses import dataclass
from datetime import datetime

from plugins.asterisk.call_state import CallState, Leg
from plugins.asterisk.channels import Kind, endpoint, kind
from plugins.asterisk.numbers import e164


@dataclass(frozen=True, slots=True)
class Site:
    """What the stream does not say: the endpoint names of the trunks, and the country numbers are written in."""

    trunks: frozenset[str]
    region: str = "JP"


@dataclass(frozen=True, slots=True)
class Parties:
    """The telephones of one call (Asterisk's own helper legs left out), in order of appearance."""

    state: CallState
    site: Site
    origin: Leg
    legs: tuple[Leg, ...]

    def is_trunk(self, leg: Leg) -> bool:
        return kind(leg.channel, self.site.trunks) is Kind.TRUNK

    @property
    def trunks(self) -> tuple[Leg, ...]:
        return tuple(leg for leg in self.legs if self.is_trunk(leg))

    @property
    def others(self) -> tuple[Leg, ...]:
        return tuple(leg for leg in self.legs if leg.uniqueid != self.origin.uniqueid)

    @property
    def direction(self) -> str:
        """inbound: a trunk began it; outbound: it reaches, or was to reach, the outside; else internal."""
        if self.is_trunk(self.origin) and not self.origin.originated:
            return "inbound"
        if self.trunks or self._was_meant_for_outside:
            return "outbound"
        return "internal"

    @property
    def _was_meant_for_outside(self) -> bool:
        """No leg but the agent's came to be, and the number asked for is a telephone number."""
        refused = self.origin.originated or self.origin.up_at is None
        return not self.others and refused and e164(self.intended, self.site.region) is not None

    @property
    def intended(self) -> str:
        return self.origin.dialled_number if self.origin.originated else self.origin.exten

    @property
    def callees(self) -> tuple[Leg, ...]:
        """The legs whose answer means: a person reached the other party."""
        direction = self.direction
        if direction == "outbound":
            return self.trunks
        return tuple(leg for leg in self.others if direction == "inbound" or not self.is_trunk(leg))

    @property
    def answered_at(self) -> datetime | None:
        """When both sides were on the line. For click-to-call the agent's own pick-up does not count."""
        answers = [leg.answered_at for leg in self.callees if leg.answered_at]
        if not answers or self.direction != "outbound":
            return min(answers, default=None)
        inside = [at for leg in self.legs if not self.is_trunk(leg) and (at := self.joined_at(leg))]
        return max(min(answers), min(inside)) if inside else None

    def joined_at(self, leg: Leg) -> datetime | None:
        """When the person at this leg was on the line: picked up, or began the call."""
        if leg.uniqueid == self.origin.uniqueid and not leg.originated:
            return leg.created_at
        return leg.answered_at

    @property
    def outside(self) -> Leg | None:
        """The leg of the outside party: the one who called, or the answered, else the last, trunk leg."""
        if self.direction == "inbound":
            return self.origin
        answered = [leg for leg in self.trunks if leg.answered_at]
        return next(iter(answered or self.trunks[-1:]), None)


def parties(state: CallState, site: Site) -> Parties | None:
    """The parties, or None while only helper legs are known."""
    legs = tuple(leg for leg in state.legs if kind(leg.channel, site.trunks) is not Kind.HELPER)
    if not legs:
        return None
    origin = next((leg for leg in legs if leg.uniqueid == state.id), None)
    return Parties(state, site, origin or min(legs, key=lambda leg: leg.created_at), legs)


def extension(leg: Leg) -> str:
    """An agent's extension: only the channel's name says it (the caller id is what was presented)."""
    return endpoint(leg.channel)
