"""Fields the org works out itself: names, closed flags, account of an activity."""

from __future__ import annotations

from typing import Any

from salesforce_sandbox.records.draft import Draft
from salesforce_sandbox.records.event_times import event_times
from salesforce_sandbox.store import Database

_NAMED = frozenset({"Contact", "Lead", "User"})


def derived_values(database: Database, draft: Draft, last_name_first: bool, person: bool) -> dict[str, Any]:
    """Return what follows from the other fields."""
    name = draft.sobject.name
    if name in _NAMED or (name == "Account" and person):
        return {"Name": full_name(draft.value("FirstName"), draft.value("LastName"), last_name_first)}
    if name == "Task":
        return _task_values(draft) | {"AccountId": _account_of(database, draft)}
    if name == "Event":
        return event_times(draft) | {"AccountId": _account_of(database, draft)}
    return {}


def full_name(first: str | None, last: str | None, last_name_first: bool) -> str:
    """A Japanese org shows the family name first."""
    parts = (last, first) if last_name_first else (first, last)
    return " ".join(part for part in parts if part)


def _task_values(draft: Draft) -> dict[str, Any]:
    return {
        "IsClosed": int(draft.value("Status") == "Completed"),
        "IsHighPriority": int(draft.value("Priority") == "High"),
    }


def _account_of(database: Database, draft: Draft) -> str | None:
    what, who = draft.value("WhatId"), draft.value("WhoId")
    if what is not None and what.startswith("001"):
        return str(what)
    if who is None or not who.startswith("003"):
        return None
    row = database.row('SELECT AccountId FROM "Contact" WHERE Id = ?', (who,))
    return row[0] if row else None
