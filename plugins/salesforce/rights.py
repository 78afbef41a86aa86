"""The stored result of the last connection test, and the alarm when a right was lost since (R10, B10).

What was missing when somebody connected, or what an admin has accepted since, alarms nobody. What goes missing later
does, at the nightly test or at the first look-up that meets it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from host.plugin_api import PluginContext, Sentence
from plugins.salesforce.domain.finding import Finding, Group
from plugins.salesforce.domain.inspection import (
    Inspection,
    inspection_from_json,
    inspection_to_json,
    lost_findings,
    still_accepted,
)
from plugins.salesforce.wording import N_

ALARM = "rights"
TITLE = N_("Salesforce: the connected user has lost rights")
LOST = N_(
    "In Salesforce, the connected user does not have these rights any more. %(losses)s "
    "Give them back, then test the connection."
)
MORE = N_("And %(count)s more.")
MOST_TOLD = 5
LOSS = N_("%(what)s: %(reason)s %(cost)s")
TOGETHER = N_("%(one)s %(other)s")
RESTORED = N_("The connected user has all the rights again.")
ACCEPTED = N_("An administrator has accepted that these rights are missing.")
ACCESS = N_("API access")
LOGIN = N_("App and login")


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsRecord:
    """What is stored of tests.

    Args:
        last: the newest test, None before the first.
        good: the newest one that could be done: the same as `last`, or an older one.
        accepted: the gaps that were there when somebody connected or that an admin has accepted; see `Finding.missing`.
    """

    last: Inspection | None = None
    good: Inspection | None = None
    accepted: frozenset[str] = frozenset()

    @property
    def lost(self) -> tuple[Finding, ...]:
        """What was lost since."""
        seen = (self.good, self.last) if self.last and self.last.failed else (self.good,)
        return tuple(lost for one in seen if one for lost in lost_findings(one, self.accepted))


def record_from(stored: Mapping[str, Any]) -> RightsRecord:
    """The record among the plugin's stored settings."""
    value = stored.get("test") or {}
    return RightsRecord(
        last=inspection_from_json(value["last"]) if value.get("last") else None,
        good=inspection_from_json(value["good"]) if value.get("good") else None,
        accepted=frozenset(value.get("accepted", ())),
    )


def keep_first(context: PluginContext, inspection: Inspection) -> None:
    """The test of a new connection: what is missing now is how it was agreed."""
    _write(context, RightsRecord(last=inspection, good=inspection, accepted=inspection.missing))
    context.alarms.clear_alarm(ALARM)


def keep(context: PluginContext, inspection: Inspection) -> RightsRecord:
    """Store a test, and raise or clear the alarm by it. One that failed leaves the last good one readable."""
    known = record_from(context.settings.read())
    if inspection.failed:
        record = RightsRecord(last=inspection, good=known.good, accepted=known.accepted)
    else:
        accepted = still_accepted(inspection, known.accepted) if known.good else inspection.missing
        record = RightsRecord(last=inspection, good=inspection, accepted=accepted)
    return _settled(context, record)


def keep_objects(context: PluginContext, findings: Sequence[Finding]) -> None:
    """The rights on some objects as they were just seen by the way, outside a test."""
    known = record_from(context.settings.read())
    if known.good is None:
        return
    good = known.good.with_groups(findings)
    if good != known.good:
        last = known.last if known.last and known.last.failed else good
        _settled(context, RightsRecord(last=last, good=good, accepted=still_accepted(good, known.accepted)))


def accept(context: PluginContext, by: str) -> None:
    """An admin agrees that what is missing now is missing: nobody is told of it any more."""
    known = record_from(context.settings.read())
    gaps = {finding.missing for finding in known.lost}
    if gaps:
        _write(context, RightsRecord(last=known.last, good=known.good, accepted=known.accepted | gaps))
        context.alarms.clear_alarm(ALARM, ACCEPTED)
        context.audit(by, N_("missing rights accepted"), {N_("rights"): sorted(gaps)})


def forget(context: PluginContext) -> None:
    """There is no connection any more, and so no rights to watch."""
    context.settings.write({"test": None})
    context.alarms.clear_alarm(ALARM, N_("Salesforce was disconnected."))


def _settled(context: PluginContext, record: RightsRecord) -> RightsRecord:
    _write(context, record)
    lost = record.lost
    if lost:
        context.alarms.raise_alarm(ALARM, TITLE, Sentence(LOST, losses=_told(lost)))
        context.log.warning("salesforce.rights_lost", rights=sorted(one.missing for one in lost))
    elif not (record.last and record.last.failed):
        context.alarms.clear_alarm(ALARM, RESTORED)
    return record


def _told(lost: Sequence[Finding]) -> Sentence:
    sentences = [_loss(finding) for finding in lost[:MOST_TOLD]]
    if len(lost) > MOST_TOLD:
        sentences.append(Sentence(MORE, count=len(lost) - MOST_TOLD))
    whole = sentences[0]
    for sentence in sentences[1:]:
        whole = Sentence(TOGETHER, one=whole, other=sentence)
    return whole


def _loss(finding: Finding) -> Sentence:
    return Sentence(LOSS, what=subject(finding), reason=sentence(finding.text), cost=sentence(finding.cost))


def subject(finding: Finding) -> str:
    """What a finding is about, as Salesforce's setup names it: "Contact.MobilePhone", "Lead"."""
    if finding.group is Group.LOGIN:
        return Sentence(LOGIN)
    if finding.group is Group.ACCESS:
        return Sentence(ACCESS)
    return f"{finding.group}.{finding.field}" if finding.field else str(finding.group)


def sentence(text: str) -> Sentence:
    """A text of the catalogue as part of another sentence; one that has values keeps them."""
    return text if isinstance(text, Sentence) else Sentence(text)


def _write(context: PluginContext, record: RightsRecord) -> None:
    context.settings.write(
        {
            "test": {
                "last": inspection_to_json(record.last) if record.last else None,
                "good": inspection_to_json(record.good) if record.good else None,
                "accepted": sorted(record.accepted),
            }
        }
    )
