"""R4, R5 and the decided rules about person accounts, twins, converted leads and names."""

from itertools import permutations

import pytest

from plugins.salesforce.domain import decision
from plugins.salesforce.domain.decision import decide, decide_clicked
from plugins.salesforce.domain.explanation import explain
from plugins.salesforce.domain.hit import read_hits
from tests.unit.plugins.salesforce.builders import ALL, CONTACT, LEAD, NUMBER, REGION, row, schema

HELD = "03-1234-5678"
CONTACT_ROW = row("Contact", "003A", Name="Sato Ichiro", Account={"Name": "Acme KK"}, Phone=HELD)
ACCOUNT_ROW = row("Account", "001A", Name="Acme KK", Phone="+81 3 1234 5678", changed="2026-06-01T00:00:00.000+0000")
LEAD_ROW = row("Lead", "00QA", Name="Suzuki Hanako", Company="Beta KK", MobilePhone="0312345678")


def hits(*rows, objects=ALL):
    return read_hits(rows, objects, NUMBER, REGION)


@pytest.mark.parametrize("rows", list(permutations([CONTACT_ROW, ACCOUNT_ROW, LEAD_ROW])))
def test_r4_contact_before_account_before_lead_whatever_the_dates(rows):
    found = decide(hits(*rows))
    assert [ranked.hit.object for ranked in found.ranked] == ["Contact", "Account", "Lead"]
    assert found.winner.id == "003A"
    assert found.rule == decision.BY_OBJECT
    assert [ranked.verdict for ranked in found.ranked] == [decision.CHOSEN, decision.LATER_OBJECT, decision.LATER_OBJECT]


def test_r4_account_before_lead():
    assert decide(hits(LEAD_ROW, ACCOUNT_ROW)).winner.id == "001A"


@pytest.mark.parametrize("kind", ["Contact", "Account", "Lead"])
def test_r5_the_newest_record_of_one_object_wins(kind):
    rows = [
        row(kind, "x1", Phone=HELD, Name="old", changed="2026-01-01T00:00:00.000+0000"),
        row(kind, "x2", Phone=HELD, Name="new", changed="2026-01-01T00:00:01.000+0000"),
        row(kind, "x0", Phone=HELD, Name="older", changed="2025-12-31T23:59:59.000+0000"),
    ]
    found = decide(hits(*rows))
    assert [ranked.hit.id for ranked in found.ranked] == ["x2", "x1", "x0"]
    assert found.rule == decision.BY_DATE
    assert found.ranked[1].verdict == decision.OLDER


def test_r5_equal_dates_the_higher_id_wins():
    rows = [row("Contact", "003A", Phone=HELD), row("Contact", "003C", Phone=HELD), row("Contact", "003B", Phone=HELD)]
    found = decide(hits(*rows))
    assert [ranked.hit.id for ranked in found.ranked] == ["003C", "003B", "003A"]
    assert found.rule == decision.BY_ID
    assert found.ranked[1].verdict == decision.LOWER_ID


@pytest.mark.parametrize(
    ("found", "company", "person"),
    [
        (CONTACT_ROW, "Acme KK", "Sato Ichiro"),
        (row("Contact", "003B", Name="Sato", Account=None, Phone=HELD), "", "Sato"),
        (ACCOUNT_ROW, "Acme KK", ""),
        (LEAD_ROW, "Beta KK", "Suzuki Hanako"),
        (row("Account", "001P", Name="Kato Jun", IsPersonAccount=True, Phone=HELD), "Kato Jun", "Kato Jun"),
    ],
    ids=["contact", "contact-without-account", "account", "lead", "person-account"],
)
def test_r6_the_names_a_record_gives(found, company, person):
    (hit,) = hits(found)
    assert (hit.company, hit.person) == (company, person)


TWIN = row(
    "Contact",
    "003P",
    Name="Kato Jun",
    AccountId="001P",
    IsPersonAccount=True,
    MobilePhone=HELD,
    changed="2026-11-01T00:00:00.000+0000",
    Account={"Name": "Kato Jun", "LastModifiedDate": "2026-02-01T00:00:00.000+0000"},
)
PERSON = row(
    "Account",
    "001P",
    Name="Kato Jun",
    IsPersonAccount=True,
    PersonMobilePhone=HELD,
    changed="2026-02-01T00:00:00.000+0000",
)


@pytest.mark.parametrize("rows", [(TWIN,), (PERSON,), (TWIN, PERSON), (PERSON, TWIN)], ids=str)
def test_a_person_account_is_one_record_and_matches_as_account(rows):
    (hit,) = hits(*rows)
    assert (hit.object, hit.id, hit.company, hit.person) == ("Account", "001P", "Kato Jun", "Kato Jun")
    assert hit.field == "PersonMobilePhone"
    assert hit.modified_at.month == 2, "a person account's date is the Account's"


def test_a_persons_twin_does_not_come_before_other_accounts_as_a_contact():
    newer = row("Account", "001N", Name="Newer KK", Phone=HELD, changed="2026-03-01T00:00:00.000+0000")
    assert decide(hits(TWIN, newer)).winner.id == "001N"


def test_a_twin_whose_account_may_not_be_read_is_nobody():
    assert hits(TWIN, objects=(CONTACT, LEAD)) == ()


def test_a_field_unticked_on_the_account_does_not_count_through_the_twin():
    account = schema("Account", ("IsPersonAccount",), ("Phone",))
    (hit,) = hits(TWIN, objects=(CONTACT, account))
    assert not hit.holds_number


def test_converted_leads_are_not_matched():
    assert hits(row("Lead", "00QC", Phone=HELD, IsConverted=True)) == ()


def test_r3_a_record_that_holds_the_number_elsewhere_is_shown_but_does_not_win():
    custom_only = row("Contact", "003X", Name="Custom", Phone="03-9999-9999")
    found = decide(hits(custom_only, LEAD_ROW))
    assert found.winner.id == "00QA"
    assert found.rule == decision.ONLY_RECORD
    assert (found.ranked[-1].hit.id, found.ranked[-1].verdict) == ("003X", decision.NOT_IN_COUNTED_FIELD)


def test_r1_rows_of_other_objects_are_ignored():
    assert hits(row("Opportunity", "006A", Phone=HELD), {"Id": "1"}, {}) == ()


def test_nobody_holds_the_number():
    found = decide(hits(row("Contact", "003X", Phone="03-9999-9999")))
    assert found.winner is None
    assert found.rule == decision.NO_RECORD


@pytest.mark.parametrize(
    "held", ["０３－１２３４－５６７８", "tel:+81-3-1234-5678", "03-1234-5678 内線12", "090-1111-2222 / 03-1234-5678"]
)
def test_any_writing_of_the_number_counts(held):
    (hit,) = hits(row("Account", "001A", Name="Acme", Fax=held))
    assert hit.field == "Fax"


def test_why_this_record_tells_everything():
    match = explain(
        decide(hits(CONTACT_ROW, ACCOUNT_ROW)),
        instance_url="https://acme.my.salesforce.com",
        tried=(HELD,),
        steps=("Search",),
        api_calls=1,
    )
    assert (match.record.object, match.record.id) == ("Contact", "003A")
    assert match.url == "https://acme.my.salesforce.com/003A"
    assert (match.company, match.person, match.rule) == ("Acme KK", "Sato Ichiro", decision.BY_OBJECT)
    assert [(one.record.id, one.chosen, one.field) for one in match.candidates] == [
        ("003A", True, "Phone"),
        ("001A", False, "Phone"),
    ]
    assert match.candidates[1].modified_at.isoformat() == "2026-06-01T00:00:00+00:00"
    assert (match.tried, match.steps, match.api_calls) == ((HELD,), ("Search",), 1)


def test_a_clicked_record_wins_alone():
    (hit,) = hits(LEAD_ROW)
    found = decide_clicked(hit)
    assert (found.winner, found.rule) == (hit, decision.CLICKED)


def test_hundreds_of_records_are_shown_in_part():
    rows = [row("Contact", f"003{n:04d}", Phone=HELD, Name="x") for n in range(300)]
    match = explain(decide(hits(*rows)), instance_url="https://a", tried=(), steps=(), api_calls=1)
    assert len(match.candidates) == 20
    assert match.record.id == "0030299"
