"""What a rule of the conformance kit is, what it may say of a plugin, and the grade that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any


class Tier(IntEnum):
    """The grades: bronze loads and harms nobody, silver treats people well, gold has been shown at work against its CRM."""

    NONE = 0
    BRONZE = 1
    SILVER = 2
    GOLD = 3

    @property
    def title(self) -> str:
        return self.name.lower()


class Verdict(StrEnum):
    """What a rule says of a plugin."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_SHOWN = "not shown"
    NOT_APPLICABLE = "not applicable"


class NotShown(Exception):
    """What the rule is about could not be tried; the text says what is missing."""


class NotApplicable(Exception):
    """The rule is about something this plugin does not have; the text says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    Args:
        id: its name, also the heading of its section in docs/conformance.md.
        title: what holds of a plugin that keeps it.
        why: what happens to people where it is broken.
        mend: what to do about it.
        needs: rules without which this one cannot be judged.
        judge: the faults it finds, as sentences; may raise `NotShown` or `NotApplicable`.
    """

    id: str
    tier: Tier
    title: str
    why: str
    mend: str
    needs: tuple[str, ...] = ()
    judge: Callable[[Any], Iterable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one rule came to. `faults` say what is broken; `reason` why it was not tried."""

    rule: Rule
    verdict: Verdict
    faults: tuple[str, ...] = ()
    reason: str = ""

    @property
    def good(self) -> bool:
        return self.verdict in (Verdict.PASSED, Verdict.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All findings about one plugin, in the order of the rules."""

    plugin: str
    version: str
    distribution: str
    findings: Sequence[Finding]

    @property
    def tier(self) -> Tier:
        """The highest grade all of whose rules hold, and those of the grades below it."""
        reached = Tier.NONE
        for tier in (Tier.BRONZE, Tier.SILVER, Tier.GOLD):
            if not all(finding.good for finding in self.findings if finding.rule.tier == tier):
                return reached
            reached = tier
        return reached

    @property
    def failed(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.verdict is Verdict.FAILED]

    @property
    def not_shown(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.verdict is Verdict.NOT_SHOWN]

    def of(self, rule_id: str) -> Finding:
        """The finding of this rule."""
        return next(finding for finding in self.findings if finding.rule.id == rule_id)


def judged(rules: Sequence[Rule], evidence: Any) -> list[Finding]:
    """What each rule says; one that needs another which did not hold is not judged."""
    findings: dict[str, Finding] = {}
    for rule in rules:
        lacking = [needed for needed in rule.needs if needed in findings and not findings[needed].good]
        findings[rule.id] = _without(rule, lacking) if lacking else _asked(rule, evidence)
    return list(findings.values())


def _without(rule: Rule, lacking: Sequence[str]) -> Finding:
    return Finding(rule=rule, verdict=Verdict.NOT_SHOWN, reason=f"It can be tried when {lacking[0]} holds.")


def _asked(rule: Rule, evidence: Any) -> Finding:
    try:
        faults = tuple(dict.fromkeys(rule.judge(evidence)))
    except NotShown as reason:
        return Finding(rule=rule, verdict=Verdict.NOT_SHOWN, reason=str(reason))
    except NotApplicable as reason:
        return Finding(rule=rule, verdict=Verdict.NOT_APPLICABLE, reason=str(reason))
    return Finding(rule=rule, verdict=Verdict.FAILED if faults else Verdict.PASSED, faults=faults)
