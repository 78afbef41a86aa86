"""What the connected user may and may not see, and what stops working without it (R10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from plugins.salesforce.domain.schema import OBJECTS, ObjectSchema, OrgSchema
from plugins.salesforce.wording import N_

USUAL_PHONES: Mapping[str, tuple[str, ...]] = {
    "Contact": ("Phone", "MobilePhone", "HomePhone", "OtherPhone", "AssistantPhone", "Fax"),
    "Account": ("Phone", "Fax"),
    "Lead": ("Phone", "MobilePhone", "Fax"),
}
"""The standard phone fields every org has: one that is missing from describe is hidden from the user."""


class Level(StrEnum):
    """How bad a finding is."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the test's result. `text` is an English sentence with %(name)s places, filled from `values`."""

    level: Level
    text: str
    values: Mapping[str, str] = field(default_factory=dict)


CAN_READ = N_("%(object)s can be read; numbers are looked up in: %(fields)s.")
CANNOT_READ = {
    "Contact": N_("Contacts cannot be read: no call is matched with a Contact. Give the user the right to read Contacts."),
    "Account": N_(
        "Accounts cannot be read: no call is matched with an Account, and a Contact’s company stays empty. "
        "Give the user the right to read Accounts."
    ),
    "Lead": N_(
        "Leads cannot be read: no call is matched with a Lead. Give the user the right to read Leads; "
        "the Salesforce Platform licences have none."
    ),
}
HIDDEN_PHONES = N_("%(object)s: these telephone fields are hidden from the user and are not looked up: %(fields)s.")
NO_PHONES = N_("%(object)s: no telephone field is visible to the user, so nothing is found there.")
NO_SEARCH = N_("%(object)s cannot be searched: every look-up that needs them costs one API call more.")
NO_COMPANY_OF_CONTACT = N_(
    "Contact: the field Account (AccountId) is hidden from the user, so a Contact’s company stays empty."
)
NO_COMPANY_OF_LEAD = N_("Lead: the field Company is hidden from the user, so a Lead’s company stays empty.")
NO_NAME = N_("%(object)s: the field Name is hidden from the user, so the name stays empty.")
NOTHING = N_("Not one of the three objects can be read: no call can be matched.")


def findings(schema: OrgSchema) -> tuple[Finding, ...]:
    """One line for each object, and one for each right that is missing."""
    lines = [line for name in OBJECTS for line in _of_object(name, schema.get(name))]
    if not schema.objects:
        lines.insert(0, Finding(level=Level.BAD, text=NOTHING))
    return tuple(lines)


def _of_object(name: str, found: ObjectSchema | None) -> Iterator[Finding]:
    if found is None:
        yield Finding(level=Level.BAD, text=CANNOT_READ[name])
        return
    if not found.phones:
        yield Finding(level=Level.BAD, text=NO_PHONES, values={"object": name})
        return
    labels = ", ".join(phone.label for phone in found.phones)
    yield Finding(level=Level.GOOD, text=CAN_READ, values={"object": name, "fields": labels})
    yield from _missing(name, found)


def _missing(name: str, found: ObjectSchema) -> Iterator[Finding]:
    visible = {phone.name for phone in found.phones}
    hidden = [phone for phone in USUAL_PHONES[name] if phone not in visible]
    if hidden:
        yield Finding(level=Level.WARN, text=HIDDEN_PHONES, values={"object": name, "fields": ", ".join(hidden)})
    if not found.searchable:
        yield Finding(level=Level.WARN, text=NO_SEARCH, values={"object": name})
    if "Name" not in found.fields:
        yield Finding(level=Level.WARN, text=NO_NAME, values={"object": name})
    if name == "Contact" and "AccountId" not in found.fields:
        yield Finding(level=Level.WARN, text=NO_COMPANY_OF_CONTACT)
    if name == "Lead" and "Company" not in found.fields:
        yield Finding(level=Level.WARN, text=NO_COMPANY_OF_LEAD)
