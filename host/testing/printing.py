"""A report for people in a terminal, and for programs as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from host.testing.rule import Finding, Report, Tier, Verdict

DOCS = "docs/conformance.md"
MOST_FAULTS = 8
_MARKS = {
    Verdict.PASSED: ("✓", "green"),
    Verdict.FAILED: ("✗", "red"),
    Verdict.NOT_SHOWN: ("?", "yellow"),
    Verdict.NOT_APPLICABLE: ("–", "dim"),
}


def to_json(report: Report) -> str:
    """The whole report as one JSON object."""
    findings = [
        {
            "rule": finding.rule.id,
            "tier": finding.rule.tier.title,
            "verdict": finding.verdict.value,
            "faults": list(finding.faults),
            "reason": finding.reason,
        }
        for finding in report.findings
    ]
    whole = {
        "plugin": report.plugin,
        "version": report.version,
        "distribution": report.distribution,
        "tier": report.tier.title,
        "findings": findings,
    }
    return json.dumps(whole, ensure_ascii=False, indent=2)


def show(report: Report, console: Console) -> None:
    """One line for each rule, then what is wrong in full, then the grade and what is missing for the next."""
    whose = " ".join(part for part in (report.plugin, report.version) if part)
    console.print(Text(f"{whose} ({report.distribution or 'not installed'})", style="bold"))
    for tier in (Tier.BRONZE, Tier.SILVER, Tier.GOLD):
        console.print(Text(f"\n{tier.title}", style="bold"))
        for finding in report.findings:
            if finding.rule.tier == tier:
                console.print(_line(finding))
    for finding in report.failed:
        console.print(Text.assemble(("\n✗ " + finding.rule.id, "red"), ": ", finding.rule.title))
        for line in explained(finding):
            console.print(Text(f"  {line}"))
    console.print(Text(f"\n{conclusion(report)}", style="bold"))


def explained(finding: Finding) -> Iterator[str]:
    """What is broken, why it matters, and how it is mended."""
    yield from finding.faults[:MOST_FAULTS]
    if len(finding.faults) > MOST_FAULTS:
        yield f"… and {len(finding.faults) - MOST_FAULTS} more."
    yield f"Why it matters: {finding.rule.why}"
    yield f"How to mend it: {finding.rule.mend}"
    yield f"More: {DOCS}#{finding.rule.id}"


def conclusion(report: Report) -> str:
    """The grade, and what is missing for the next one."""
    reached = report.tier
    if reached is Tier.GOLD:
        return "gold"
    following = Tier(reached + 1)
    lacking = [finding.rule.id for finding in report.findings if finding.rule.tier == following and not finding.good]
    grade = reached.title if reached else "no grade"
    return f"{grade}; {following.title} lacks {', '.join(lacking)}"


def _line(finding: Finding) -> Text:
    mark, style = _MARKS[finding.verdict]
    said = f" ({finding.reason})" if finding.reason else ""
    return Text.assemble("  ", (mark, style), f" {finding.rule.id:<20} {finding.rule.title}", (said, "dim"))
