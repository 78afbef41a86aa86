"""What the connected user may see of Contact, Account and Lead, and what stops working without it (R10)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from host.plugin_api import Sentence
from plugins.salesforce.domain.finding import Finding, Group, Level, Right
from plugins.salesforce.domain.schema import OBJECTS, ObjectSchema, OrgSchema
from plugins.salesforce.wording import N_

USUAL_PHONES: Mapping[str, tuple[str, ...]] = {
    "Contact": ("Phone", "MobilePhone", "HomePhone", "OtherPhone", "AssistantPhone", "Fax"),
    "Account": ("Phone", "Fax"),
    "Lead": ("Phone", "MobilePhone", "Fax"),
}
"""The standard phone fields every org has: one that is missing from describe is hidden from the user."""

PERSON_PHONES = ("PersonMobilePhone", "PersonHomePhone", "PersonOtherPhone", "PersonAssistantPhone")
"""Those an Account has as well in an org with person accounts."""

CAN_READ = N_("Can be read. Numbers are looked up in: %(fields)s.")
OBJECT_HIDDEN = N_("The connected user may not read this object.")
NOT_USABLE = N_("The object answers, but lacks what a look-up needs: querying, or its Id or LastModifiedDate.")
MAKE_USABLE = N_("Make LastModifiedDate visible to the user, and let the object be queried.")
NOT_MATCHED = {
    "Contact": N_("No call is matched with a Contact."),
    "Account": N_("No call is matched with an Account, and the company of a Contact stays empty."),
    "Lead": N_("No call is matched with a Lead."),
}
GIVE_OBJECT = {
    "Contact": N_("Give the user the object permission “Read” on Contacts, by profile or permission set."),
    "Account": N_("Give the user the object permission “Read” on Accounts, by profile or permission set."),
    "Lead": N_(
        "Give the user the object permission “Read” on Leads, by profile or permission set. "
        "The Salesforce Platform licences have no Leads."
    ),
}
NO_PHONES = N_("Not one of its telephone fields is visible to the connected user.")
PHONE_HIDDEN = N_("This telephone field is hidden from the connected user.")
NOT_LOOKED_INTO = N_("A record that holds the number only in this field is not found.")
SHOW_PHONE = N_("Make the field visible by field-level security. If it should not count, leave it as it is.")
FIELD_HIDDEN = N_("This field is hidden from the connected user.")
SHOW_FIELD = N_("Make the field visible by field-level security, in the user’s profile or a permission set.")
NOT_SEARCHABLE = N_("The object is switched off for searching.")
DEARER = N_("Every look-up costs one API call more, and numbers in unusual notation are not found.")
ALLOW_SEARCH = N_("Allow searching for the object (Allow Search) in the object’s settings.")
LOSSES = {
    ("Contact", "Name"): N_("The person’s name stays empty."),
    ("Contact", "AccountId"): N_("The company of a Contact stays empty."),
    ("Account", "Name"): N_("The company’s name stays empty."),
    ("Lead", "Name"): N_("The person’s name stays empty."),
    ("Lead", "Company"): N_("The company of a Lead stays empty."),
}
"""The fields a look-up wants besides the phones, and what is lost without each."""


def object_findings(
    schema: OrgSchema, unticked: Collection[str] = (), described: Collection[str] = ()
) -> tuple[Finding, ...]:
    """One line for each object, and one for each right that is missing.

    Args:
        unticked: the phone fields that an admin does not want to count, as "Contact.Fax": they are not missed.
        described: the objects that Salesforce described at all, usable or not.
    """
    return tuple(line for name in OBJECTS for line in _of_object(name, schema.get(name), unticked, name in described))


def _of_object(name: str, found: ObjectSchema | None, unticked: Collection[str], described: bool) -> Iterator[Finding]:
    group = Group(name)
    if found is None:
        text, remedy = (NOT_USABLE, MAKE_USABLE) if described else (OBJECT_HIDDEN, GIVE_OBJECT[name])
        yield _missing(group, Level.BAD, text, NOT_MATCHED[name], remedy)
        return
    if not found.phones:
        yield _missing(group, Level.BAD, NO_PHONES, NOT_MATCHED[name], SHOW_FIELD)
        return
    yield from _of_readable(found, unticked)


def _of_readable(found: ObjectSchema, unticked: Collection[str]) -> Iterator[Finding]:
    group = Group(found.name)
    labels = [phone.label for phone in found.phones]
    yield Finding(level=Level.GOOD, group=group, right=Right.READ, text=Sentence(CAN_READ, fields=labels))
    yield from _hidden_phones(found, unticked)
    yield from _hidden_fields(found)
    if not found.searchable:
        yield _missing(group, Level.WARN, NOT_SEARCHABLE, DEARER, ALLOW_SEARCH, right=Right.SEARCH)


def _hidden_phones(found: ObjectSchema, unticked: Collection[str]) -> Iterator[Finding]:
    visible = {phone.name for phone in found.phones}
    for phone in _expected_phones(found):
        if phone not in visible and f"{found.name}.{phone}" not in unticked:
            yield _missing(Group(found.name), Level.WARN, PHONE_HIDDEN, NOT_LOOKED_INTO, SHOW_PHONE, field=phone)


def _expected_phones(found: ObjectSchema) -> tuple[str, ...]:
    has_persons = found.name == "Account" and "IsPersonAccount" in found.fields
    return USUAL_PHONES[found.name] + (PERSON_PHONES if has_persons else ())


def _hidden_fields(found: ObjectSchema) -> Iterator[Finding]:
    for (name, field), loss in LOSSES.items():
        if name == found.name and field not in found.fields:
            yield _missing(Group(name), Level.WARN, FIELD_HIDDEN, loss, SHOW_FIELD, field=field)


def _missing(
    group: Group, level: Level, text: str, cost: str, remedy: str, *, field: str = "", right: Right = Right.READ
) -> Finding:
    return Finding(level=level, group=group, field=field, right=right, text=text, cost=cost, remedy=remedy)
