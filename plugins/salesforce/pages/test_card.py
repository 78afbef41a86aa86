"""The result of the connection test as the page shows it: grouped, counted, in words (R10, B10)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import ngettext

from host.plugin_api import Sentence
from host.plugin_api.web import said
from plugins.salesforce.domain.finding import Finding, Group, Level, Right
from plugins.salesforce.domain.inspection import Inspection
from plugins.salesforce.rights import RightsRecord, record_from, subject
from plugins.salesforce.wording import N_

GROUP_TITLES: Mapping[Group, str] = {
    Group.ACCESS: N_("Org and API"),
    Group.CONTACT: N_("Salesforce Contacts"),
    Group.ACCOUNT: N_("Salesforce Accounts"),
    Group.LEAD: N_("Salesforce Leads"),
    Group.TASK: N_("Activities (Task), for the activity history"),
    Group.USER: N_("Users (User), for assigning activities"),
    Group.LOGIN: N_("App and login"),
}
RIGHT_TITLES: Mapping[Right, str] = {
    Right.API: N_("use of the API"),
    Right.READ: N_("reading"),
    Right.SEARCH: N_("searching"),
    Right.CREATE: N_("creating"),
    Right.EDIT: N_("changing"),
}
LEVELS: Mapping[Level, tuple[str, str, str]] = {
    Level.GOOD: (N_("Good"), "good", "circle-check"),
    Level.NOTE: (N_("Info"), "", "info-circle"),
    Level.WARN: (N_("Attention"), "warn", "alert-triangle"),
    Level.BAD: (N_("Problem"), "bad", "circle-x"),
}
"""How a level is shown: its word, its tone, its icon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One finding in the language of the page.

    `name` is the object or field whose right is missing, "" where no right is; `lost`: since it was agreed.
    """

    word: str
    tone: str
    icon: str
    name: str
    right: str
    text: str
    cost: str
    remedy: str
    lost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LineGroup:
    """The lines about one object."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One test, for `findings.html`. `by` is "" for the nightly one; `headline` counts what is red or amber."""

    at: datetime
    by: str
    api_calls: int
    headline: str
    tone: str
    groups: tuple[LineGroup, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCard:
    """What the card shows: the last good test, and above it the last one if that could not be done."""

    result: Result | None
    failure: Result | None
    has_lost: bool


def test_card(stored: Mapping[str, Any]) -> TestCard:
    """The card by the plugin's stored settings."""
    return _card(record_from(stored))


def _card(record: RightsRecord) -> TestCard:
    lost = {finding.missing for finding in record.lost}
    failed = record.last if record.last and record.last.failed else None
    return TestCard(
        result=result_of(record.good, lost) if record.good else None,
        failure=result_of(failed, lost) if failed else None,
        has_lost=bool(lost),
    )


def result_of(inspection: Inspection, lost: Collection[str] = ()) -> Result:
    """A test in the language of the page; `lost` names the rights that were lost, as `Finding.missing` does."""
    attention = inspection.needs_attention
    groups = (_group(group, inspection, lost) for group in Group)
    return Result(
        at=inspection.at,
        by=inspection.by,
        api_calls=inspection.api_calls,
        headline=_headline(attention),
        tone="bad" if inspection.count(Level.BAD) else "warn" if attention else "good",
        groups=tuple(group for group in groups if group.lines),
    )


def _headline(attention: int) -> str:
    if not attention:
        return said(N_("All in order"))
    return str(ngettext("%(num)d thing needs attention", "%(num)d things need attention", attention))


def _group(group: Group, inspection: Inspection, lost: Collection[str]) -> LineGroup:
    found = [finding for finding in inspection.findings if finding.group is group]
    return LineGroup(title=said(GROUP_TITLES[group]), lines=tuple(_line(finding, lost) for finding in found))


def _name(finding: Finding) -> str:
    """An API name is the same in every language."""
    name = subject(finding)
    return said(name) if isinstance(name, Sentence) else name


def _line(finding: Finding, lost: Collection[str]) -> Line:
    word, tone, icon = LEVELS[finding.level]
    return Line(
        word=said(word),
        tone=tone,
        icon=icon,
        name=_name(finding) if finding.right and finding.cost else "",
        right=said(RIGHT_TITLES[finding.right]) if finding.right and finding.cost else "",
        text=said(finding.text),
        cost=said(finding.cost),
        remedy=said(finding.remedy),
        lost=bool(finding.missing) and finding.missing in lost,
    )
