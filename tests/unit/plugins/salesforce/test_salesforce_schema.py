"""R1, R3: which objects and fields are looked into, read from describe replies."""

from datetime import UTC, datetime

import pytest

from plugins.salesforce.domain.schema import OrgSchema, PhoneField, read_describe, schema_from_json, schema_to_json
from plugins.salesforce.domain.selection import selected_fields
from tests.unit.plugins.salesforce.builders import ACCOUNT, CONTACT, LEAD, ORG, PLAIN_ACCOUNT, PLAIN_CONTACT


def field(name, kind="string", *, custom=False, **more):
    return {"name": name, "type": kind, "custom": custom, "label": f"The {name}", "filterable": True, **more}


def describe(name, *fields, queryable=True, searchable=True):
    usual = (field("Id", "id"), field("LastModifiedDate", "datetime"), field("Name"))
    return {"name": name, "queryable": queryable, "searchable": searchable, "fields": [*usual, *fields]}


def test_r3_only_standard_phone_fields_count():
    reply = describe(
        "Contact",
        field("Phone", "phone"),
        field("Fax", "phone"),
        field("Second__c", "phone", custom=True),
        field("Number__c", "string", custom=True),
        field("Title"),
    )
    found = read_describe(reply)
    assert [phone.name for phone in found.phones] == ["Phone", "Fax"]
    assert found.phones[0].label == "The Phone"


def test_r3_person_account_custom_fields_do_not_count():
    reply = describe("Account", field("PersonMobilePhone", "phone"), field("Work__pc", "phone", custom=True))
    assert [phone.name for phone in read_describe(reply).phones] == ["PersonMobilePhone"]


def test_r3_a_phone_field_that_cannot_be_filtered_is_not_asked_for():
    assert read_describe(describe("Lead", field("Phone", "phone", filterable=False))).phones == ()


@pytest.mark.parametrize(
    "reply",
    [
        describe("Opportunity", field("Phone", "phone")),
        describe("Contact", field("Phone", "phone"), queryable=False),
        {"name": "Contact", "queryable": True, "fields": [field("Id", "id"), field("Phone", "phone")]},
        {},
    ],
    ids=["R1-other-object", "not-readable", "no-date", "empty"],
)
def test_what_is_no_object_to_look_in(reply):
    assert read_describe(reply) is None


def test_r3_the_admin_may_untick_fields():
    kept = ORG.counted(["Contact.Fax", "Lead.Phone", "Lead.MobilePhone", "Lead.Fax"])
    assert [found.name for found in kept] == ["Contact", "Account"]
    assert "Fax" not in [phone.name for phone in kept[0].phones]
    assert "Fax" in [phone.name for phone in kept[1].phones]


def test_a_schema_survives_being_stored():
    assert schema_from_json(schema_to_json(ORG)) == ORG


def test_person_account_fields_are_asked_for_only_where_the_org_has_them():
    assert selected_fields(PLAIN_ACCOUNT, (PLAIN_ACCOUNT,)) == ("Id", "Name", "LastModifiedDate", "Phone", "Fax")
    assert "IsPersonAccount" in selected_fields(ACCOUNT, (ACCOUNT,))


def test_a_contact_tells_its_account_only_if_accounts_may_be_read():
    assert "Account.Name" in selected_fields(PLAIN_CONTACT, (PLAIN_CONTACT, PLAIN_ACCOUNT))
    assert not [name for name in selected_fields(CONTACT, (CONTACT, LEAD)) if name.startswith("Account.")]


def test_one_missing_object_blocks_no_other():
    org = OrgSchema(objects=(LEAD,), read_at=datetime(2026, 11, 22, tzinfo=UTC))
    assert [found.name for found in org.counted([])] == ["Lead"]
    assert org.get("Contact") is None


def test_labels_fall_back_to_the_name():
    reply = describe("Lead", {"name": "Phone", "type": "phone", "custom": False})
    assert read_describe(reply).phones == (PhoneField(name="Phone", label="Phone"),)
