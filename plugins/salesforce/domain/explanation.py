"""The decision as the host shows it on the page "why this record?" (B1)."""

from __future__ import annotations

from collections.abc import Sequence

from host.plugin_api import Candidate, Match, RecordRef
from plugins.salesforce.domain.decision import Decision, Ranked
from plugins.salesforce.domain.hit import NEVER, Hit

SHOWN_CANDIDATES = 20


def explain(decision: Decision, *, instance_url: str, tried: Sequence[str], steps: Sequence[str], api_calls: int) -> Match:
    """The match, with at most 20 candidates."""
    winner = decision.winner
    candidates = tuple(_candidate(ranked, winner, instance_url) for ranked in decision.ranked[:SHOWN_CANDIDATES])
    return Match(
        record=_reference(winner) if winner else None,
        company=winner.company if winner else "",
        person=winner.person if winner else "",
        url=record_url(winner, instance_url) if winner else "",
        rule=decision.rule,
        tried=tuple(tried),
        steps=tuple(steps),
        candidates=candidates,
        api_calls=api_calls,
    )


def record_url(hit: Hit, instance_url: str) -> str:
    """The record's page in Salesforce."""
    return f"{instance_url}/{hit.id}"


def _reference(hit: Hit) -> RecordRef:
    return RecordRef(object=hit.object, id=hit.id)


def _candidate(ranked: Ranked, winner: Hit | None, instance_url: str) -> Candidate:
    hit = ranked.hit
    return Candidate(
        record=_reference(hit),
        name=hit.person or hit.company,
        company=hit.company,
        field=hit.field,
        modified_at=None if hit.modified_at == NEVER else hit.modified_at,
        chosen=hit is winner,
        verdict=ranked.verdict,
        url=record_url(hit, instance_url),
    )
