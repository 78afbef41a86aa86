"""The result of the connection test on the command line."""

from __future__ import annotations

from collections.abc import Iterator

from plugins.salesforce.domain.finding import Finding, Level
from plugins.salesforce.domain.inspection import Inspection
from plugins.salesforce.rights import subject

WORDS = {Level.GOOD: "good", Level.NOTE: "info", Level.WARN: "ATTEND", Level.BAD: "PROBLEM"}


def printed(inspection: Inspection) -> Iterator[str]:
    """One line for each finding, and a last one that counts them."""
    for finding in inspection.findings:
        yield f"{WORDS[finding.level]:<8}{subject(finding)}: {_sentences(finding)}"
    counts = f"{inspection.needs_attention} of {len(inspection.findings)} need attention"
    yield f"{counts}; API calls spent: {inspection.api_calls}"


def _sentences(finding: Finding) -> str:
    return " ".join(str(text) for text in (finding.text, finding.cost, finding.remedy) if text)
