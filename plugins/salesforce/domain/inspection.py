"""The result of one connection test, and which rights were lost since the admins last saw it whole (B10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from plugins.salesforce.domain.finding import Finding, Group, Level, finding_from_json, finding_to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """One test. `by` is who ran it, "" for the nightly one; `failed`: it could not be done, the findings say why."""

    at: datetime
    by: str
    api_calls: int
    findings: tuple[Finding, ...]
    failed: bool = False

    def count(self, level: Level) -> int:
        return sum(1 for finding in self.findings if finding.level is level)

    @property
    def needs_attention(self) -> int:
        """How many lines are red or amber."""
        return sum(1 for finding in self.findings if finding.needs_attention)

    @property
    def missing(self) -> frozenset[str]:
        return frozenset(finding.missing for finding in self.findings if finding.missing)

    def with_groups(self, findings: Sequence[Finding]) -> Inspection:
        """The same with newer findings about some groups."""
        fresh = {finding.group for finding in findings}
        merged = [finding for finding in self.findings if finding.group not in fresh] + list(findings)
        order = list(Group)
        return replace(self, findings=tuple(sorted(merged, key=lambda finding: order.index(finding.group))))


def lost_findings(inspection: Inspection, accepted: frozenset[str]) -> tuple[Finding, ...]:
    """The findings about rights that are missing now and were not among the accepted ones."""
    return tuple(one for one in inspection.findings if one.missing and one.missing not in accepted)


def still_accepted(inspection: Inspection, accepted: frozenset[str]) -> frozenset[str]:
    """The accepted gaps that are still there, or cannot be seen now because their whole object is hidden."""
    hidden = {finding.group for finding in inspection.findings if finding.missing and not finding.field}
    return frozenset(gap for gap in accepted if gap in inspection.missing or Group(gap.partition(".")[0]) in hidden)


def inspection_to_json(inspection: Inspection) -> dict[str, Any]:
    """As it is kept in the settings."""
    return {
        "at": inspection.at.isoformat(),
        "by": inspection.by,
        "api_calls": inspection.api_calls,
        "failed": inspection.failed,
        "findings": [finding_to_json(finding) for finding in inspection.findings],
    }


def inspection_from_json(value: Mapping[str, Any]) -> Inspection:
    """What `inspection_to_json` wrote."""
    return Inspection(
        at=datetime.fromisoformat(value["at"]),
        by=value["by"],
        api_calls=value["api_calls"],
        failed=value["failed"],
        findings=tuple(finding_from_json(finding) for finding in value["findings"]),
    )
