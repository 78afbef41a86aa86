"""The formulas for link buttons in Salesforce: a click on one opens the page that dials this record's number (R22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugins.salesforce.domain.schema import ObjectSchema, PhoneField
from plugins.salesforce.wording import N_

FAX = "Fax"
_USUAL = {
    "Contact": (("Phone", N_("Business Phone")), ("MobilePhone", N_("Mobile Phone"))),
    "Account": (("Phone", N_("Account Phone")),),
    "Lead": (("Phone", N_("Phone")), ("MobilePhone", N_("Mobile Phone"))),
}
"""The fields offered while nobody has read the org's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkButton:
    """One button: the record's object, the phone field with its label in the org, and the formula to paste."""

    object: str
    field: str
    label: str
    formula: str


def link_buttons(site_url: str, readable: Sequence[ObjectSchema]) -> tuple[LinkButton, ...]:
    """A button for each standard phone field of the readable objects, but Fax; for the usual ones if none is known."""
    fields = [(found.name, phone) for found in readable for phone in found.phones if phone.name != FAX]
    usual = [(name, PhoneField(name=field, label=label)) for name, known in _USUAL.items() for field, label in known]
    return tuple(
        LinkButton(object=name, field=phone.name, label=phone.label, formula=_formula(site_url, name, phone.name))
        for name, phone in fields or usual
    )


def _formula(site_url: str, name: str, field: str) -> str:
    """Salesforce replaces what stands in {!…}. The Id needs no encoding: it is letters and digits."""
    return f"{site_url}/dial?number={{!URLENCODE({name}.{field})}}&object={name}&id={{!{name}.Id}}"
