"""What is known of a call when its Task is written, and what the Task hangs on (R27)."""

from __future__ import annotations

from dataclasses import dataclass

from host.plugin_api import Analysis, Call, Memo, RecordRef


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTarget:
    """The records a Task is linked with: at most one of the two is given."""

    who_id: str | None = None
    what_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityFacts:
    """All that a Task is made of, as it stands now, whichever event came last.

    `match` is None where no record was found. `company` and `person` are the names the call's pages show, `user_name` is
    the host user's who handled the call, "" if nobody did.
    """

    call: Call
    memo: Memo | None = None
    analysis: Analysis | None = None
    match: TaskTarget | None = None
    company: str = ""
    person: str = ""
    user_name: str = ""


def target_of(record: RecordRef, person_contact: str | None = None) -> TaskTarget:
    """Contact and Lead as WhoId, Account as WhatId; a person account by its contact as WhoId (R27).

    Salesforce refuses a WhatId beside a Lead, so none is ever given beside a WhoId (spec salesforce.md, section 7).
    """
    if record.object != "Account":
        return TaskTarget(who_id=record.id)
    return TaskTarget(who_id=person_contact) if person_contact else TaskTarget(what_id=record.id)
