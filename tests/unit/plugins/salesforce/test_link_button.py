"""Formulas for link buttons in Salesforce (R22)."""

from __future__ import annotations

from plugins.salesforce.domain.link_button import link_buttons
from plugins.salesforce.domain.schema import ObjectSchema, PhoneField

SITE = "https://calls.example.co.jp"


def schema(name: str, *phones: str) -> ObjectSchema:
    fields = tuple(PhoneField(name=phone, label=f"the {phone}") for phone in phones)
    return ObjectSchema(name=name, fields=frozenset({"Id", "LastModifiedDate"}), phones=fields)


def test_r22_a_formula_names_number_object_and_record() -> None:
    (button,) = link_buttons(SITE, [schema("Contact", "MobilePhone", "Fax")])
    assert (button.object, button.field, button.label) == ("Contact", "MobilePhone", "the MobilePhone")
    assert button.formula == (
        "https://calls.example.co.jp/dial?number={!URLENCODE(Contact.MobilePhone)}&object=Contact&id={!Contact.Id}"
    )


def test_r22_the_org_s_own_fields_are_offered_but_fax() -> None:
    found = link_buttons(SITE, [schema("Account", "Phone", "Fax", "PersonMobilePhone"), schema("Lead", "Phone")])
    assert [(one.object, one.field) for one in found] == [
        ("Account", "Phone"),
        ("Account", "PersonMobilePhone"),
        ("Lead", "Phone"),
    ]


def test_r22_before_the_first_connection_the_usual_fields_are_offered() -> None:
    assert [(one.object, one.field) for one in link_buttons(SITE, [])] == [
        ("Contact", "Phone"),
        ("Contact", "MobilePhone"),
        ("Account", "Phone"),
        ("Lead", "Phone"),
        ("Lead", "MobilePhone"),
    ]
