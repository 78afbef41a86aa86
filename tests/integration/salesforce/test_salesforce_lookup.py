"""R1, R3, R4, R5, R8: the look-up against a running org, with its API calls as the org counts them."""

import pytest

from host.plugin_api import NeedsConfiguration, RecordRef, RetryLater
from plugins.salesforce import connecting
from plugins.salesforce.asking import NOTHING_READABLE, LookUp, Question
from plugins.salesforce.client import Client
from plugins.salesforce.domain import decision
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.errors import SchemaOutdated
from plugins.salesforce.lookup import CHANGING, look_up, look_up_clicked
from plugins.salesforce.org import kept_schema
from tests.integration.salesforce.conftest import ADMIN, Host, Org

MODES = ("digits", "tokens")
NUMBER = "+81312345678"
USUAL_FORMS = (
    "03123456{:02d}",
    "03-1234-56{:02d}",
    "(03) 1234-56{:02d}",
    "03 1234 56{:02d}",
    "03.1234.56{:02d}",
    "+813123456{:02d}",
    "+81 3-1234-56{:02d}",
    "+81-3-1234-56{:02d}",
    "+81 (0)3-1234-56{:02d}",
    "813123456{:02d}",
    "03-1234-56{:02d} 内線12",
    "03-1234-56{:02d}/090-1111-2222",
    "代表 03-1234-56{:02d}",
)


@pytest.fixture
def connected(host: Host) -> Host:
    host.org.control("reset", {"seed": "empty"})
    host.connect("password")
    return host


def find(host: Host, number: str = NUMBER, clicked: RecordRef | None = None, unticked: tuple[str, ...] = ()):
    """Look up; gives back the match, with its cost checked against the org's own counting."""
    before = host.org.used()
    client = Client(connecting.live_connection(host.context), Purpose.LOOK_UP)
    match = look_up(client, Question(number=number, region="JP", unticked=unticked), clicked)
    assert host.org.used() - before == client.api_calls == match.api_calls
    assert client.api_calls <= 3, "R8: never more than three"
    return match


@pytest.mark.parametrize("mode", MODES)
def test_r8_a_number_in_the_org_costs_one_call_in_any_usual_form(connected: Host, mode: str):
    connected.org.settings(search_mode=mode)
    stored = [form.format(n) for n, form in enumerate((*USUAL_FORMS, "０３－１２３４－５６１３"))]
    leads = [{"object": "Lead", "fields": {"LastName": "L", "Company": form, "MobilePhone": form}} for form in stored]
    connected.org.control("records", {"records": leads})
    found = {form: find(connected, f"+813123456{n:02d}") for n, form in enumerate(stored)}
    assert {form: (match.company, match.api_calls) for form, match in found.items()} == {form: (form, 1) for form in stored}


@pytest.mark.parametrize("mode", MODES)
def test_r8_a_number_not_in_the_org_costs_two_calls(connected: Host, mode: str):
    connected.org.settings(search_mode=mode)
    match = find(connected)
    assert match.record is None
    assert match.rule == decision.NO_RECORD
    assert match.api_calls == 2
    assert len(match.steps) == 2


@pytest.mark.parametrize("mode", MODES)
def test_r4_a_contact_comes_first(connected: Host, mode: str):
    connected.org.settings(search_mode=mode)
    account = connected.org.record("Account", Name="Acme KK", Phone="03-1234-5678")
    connected.org.record("Lead", LastName="Suzuki", Company="Beta KK", Phone="03-1234-5678")
    contact = connected.org.record("Contact", LastName="佐藤", FirstName="一郎", AccountId=account, Phone="0312345678")
    match = find(connected)
    assert (match.record, match.company, match.rule) == (
        RecordRef(object="Contact", id=contact),
        "Acme KK",
        decision.BY_OBJECT,
    )
    assert "佐藤" in match.person
    assert [one.record.object for one in match.candidates] == ["Contact", "Account", "Lead"]
    assert match.url == f"{connected.org.running.https_url}/{contact}"


def test_r5_the_contact_changed_last_wins(connected: Host):
    old = {"Phone": "03-1234-5678", "LastModifiedDate": "2026-01-01T00:00:00.000Z"}
    new = {"Phone": "0312345678", "LastModifiedDate": "2026-02-01T00:00:00.000Z"}
    connected.org.record("Contact", LastName="Old", **old)
    winner = connected.org.record("Contact", LastName="New", **new)
    connected.org.record("Contact", LastName="Old2", **old)
    match = find(connected)
    assert (match.record.id, match.rule) == (winner, decision.BY_DATE)


def test_r5_hundreds_of_records_with_one_number(connected: Host):
    records = [
        {"object": "Contact", "fields": {"LastName": f"No {n}", "Phone": "03-1234-5678", "LastModifiedDate": stamp}}
        for n, stamp in enumerate(f"2026-01-{1 + n // 24:02d}T{n % 24:02d}:00:00.000Z" for n in range(300))
    ]
    ids = connected.org.control("records", {"records": records})["ids"]
    match = find(connected)
    assert match.record.id == ids[-1]
    assert match.api_calls == 1


def test_r3_custom_fields_do_not_count_even_where_they_fill_the_reply(connected: Host):
    connected.org.control("fields", {"object": "Contact", "name": "Second__c", "type": "phone", "label": "Second"})
    decoys = [{"object": "Contact", "fields": {"LastName": f"No {n}", "Second__c": "03-1234-5678"}} for n in range(260)]
    old = {"LastName": "Real", "Phone": "03-1234-5678", "LastModifiedDate": "2020-01-01T00:00:00.000Z"}
    real = connected.org.control("records", {"records": [{"object": "Contact", "fields": old}, *decoys]})["ids"][0]
    connected.org.record("Lead", LastName="L", Company="C", Phone="03-1234-5678")
    match = find(connected)
    assert match.record.id == real
    assert match.api_calls == 2


def test_r3_a_number_in_a_custom_field_only_is_nobody(connected: Host):
    connected.org.control("fields", {"object": "Lead", "name": "Second__c", "type": "phone", "label": "Second"})
    connected.org.record("Lead", LastName="L", Company="C", Second__c="03-1234-5678")
    match = find(connected)
    assert match.record is None
    assert [one.verdict for one in match.candidates] == [decision.NOT_IN_COUNTED_FIELD]


def test_r3_a_field_the_admin_unticked_does_not_count(connected: Host):
    connected.org.record("Account", Name="Acme KK", Fax="03-1234-5678")
    assert find(connected).record is not None
    assert find(connected, unticked=("Account.Fax",)).record is None


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("field", ["PersonMobilePhone", "Phone", "PersonHomePhone"])
def test_a_person_account_is_matched_as_account_with_the_persons_name(connected: Host, mode: str, field: str):
    connected.org.settings(search_mode=mode)
    person = connected.org.record("Account", LastName="小林", FirstName="さくら", **{field: "03-1234-5678"})
    connected.org.record("Lead", LastName="L", Company="C", Phone="03-1234-5678")
    match = find(connected)
    assert match.record == RecordRef(object="Account", id=person)
    assert match.company == match.person != ""
    assert "小林" in match.company
    assert [one.record.object for one in match.candidates] == ["Account", "Lead"]


def test_person_accounts_switched_off_in_the_org(connected: Host):
    connected.org.settings(person_accounts=False)
    connecting.run_test(connected.context, ADMIN)
    account = connected.org.record("Account", Name="Acme KK", Phone="03-1234-5678")
    assert find(connected).record.id == account


def test_converted_leads_are_not_matched(connected: Host):
    fields = {"LastName": "L", "Company": "C", "Phone": "03-1234-5678"}
    connected.org.record("Lead", **fields, IsConverted=True)
    assert find(connected).record is None


def test_r3_a_hidden_field_is_never_asked_for(connected: Host):
    connected.org.user(fields={"Contact.MobilePhone": {"read": False}})
    connecting.run_test(connected.context, ADMIN)
    connected.org.record("Contact", LastName="Sato", MobilePhone="03-1234-5678")
    visible = connected.org.record("Lead", LastName="L", Company="C", Phone="03-1234-5678")
    assert find(connected).record.id == visible


def test_a_field_hidden_meanwhile_costs_no_match(connected: Host):
    contact = connected.org.record("Contact", LastName="Sato", Phone="03-1234-5678")
    connected.org.user(fields={"Contact.MobilePhone": {"read": False}})
    before = connected.org.used()
    client = Client(connecting.live_connection(connected.context), Purpose.LOOK_UP)
    match = look_up(client, Question(number=NUMBER, region="JP"))
    assert match.record.id == contact
    assert client.api_calls == connected.org.used() - before == 3, "refused, the fields anew with the queries, searched"
    assert find(connected).api_calls == 1


HIDDEN_MEANWHILE = {
    "a field": ({}, {"Contact.MobilePhone": {"read": False}}),
    "fields of each object": ({}, {name: {"read": False} for name in ("Contact.Fax", "Account.Fax", "Lead.Fax")}),
    "an object": ({"Lead": {"read": False}}, {}),
    "the parent": ({"Account": {"read": False}}, {}),
    "the way to the parent": ({}, {"Contact.AccountId": {"read": False}}),
}


@pytest.mark.parametrize("hidden", list(HIDDEN_MEANWHILE))
@pytest.mark.parametrize("known", [True, False])
def test_r8_rights_taken_away_meanwhile_cost_no_fourth_call(connected: Host, hidden: str, known: bool):
    contact = connected.org.record("Contact", LastName="Sato", Phone="03-1234-5678") if known else None
    objects, fields = HIDDEN_MEANWHILE[hidden]
    connected.org.user(objects=objects, fields=fields)
    before = connected.org.used()
    try:
        match = find_after_change(connected)
    except RetryLater as problem:
        assert problem.message == CHANGING
        assert connected.org.used() - before <= 3
        match = find_after_change(connected)
        assert match.api_calls <= 2, "the fields are known again"
    else:
        assert match.api_calls == connected.org.used() - before <= 3
    assert (match.record.id if match.record else None) == contact


def test_r8_a_right_taken_away_between_query_and_search_is_searched_without(
    connected: Host, monkeypatch: pytest.MonkeyPatch
):
    contact = connected.org.record("Contact", LastName="Sato", Phone="03-1234-5678")
    other = connected.org.record("Contact", LastName="Other", Phone="03-9999-9999")
    ask = LookUp.search

    def search(work: LookUp) -> bool:
        connected.org.user(fields={"Contact.Fax": {"read": False}})
        return ask(work)

    monkeypatch.setattr(LookUp, "search", search)
    before = connected.org.used()
    match = find(connected, clicked=RecordRef(object="Contact", id=other))
    assert match.record.id == contact
    assert match.api_calls == connected.org.used() - before == 3


def test_r8_a_click_on_a_record_whose_fields_changed_leaves_the_call_its_three(connected: Host):
    contact = connected.org.record("Contact", LastName="Sato", Phone="03-1234-5678")
    connected.org.user(fields={"Contact.Fax": {"read": False}})
    before = connected.org.used()
    client = Client(connecting.live_connection(connected.context), Purpose.LOOK_UP)
    with pytest.raises(SchemaOutdated):
        look_up_clicked(client, Question(number=NUMBER, region="JP"), RecordRef(object="Contact", id=contact))
    match = find_after_change(connected)
    assert match.record.id == contact
    assert connected.org.used() - before <= 3


@pytest.mark.parametrize("hidden", ["Contact", "Account", "Lead"])
def test_r10_one_object_that_may_not_be_read_blocks_no_other(connected: Host, hidden: str):
    account = connected.org.record("Account", Name="Acme KK", Phone="03-1234-5678")
    contact = connected.org.record("Contact", LastName="Sato", AccountId=account, Phone="03-1234-5678")
    lead = connected.org.record("Lead", LastName="L", Company="C", Phone="03-1234-5678")
    connected.org.user(objects={hidden: {"read": False}})
    match = find_after_change(connected)
    expected = {"Contact": account, "Account": contact, "Lead": contact}[hidden]
    assert match.record.id == expected
    assert match.company == ("" if hidden == "Account" else "Acme KK")
    assert (hidden == "Lead") == (lead not in [one.record.id for one in match.candidates])


def find_after_change(host: Host):
    """Without a new connection test: the refused search makes the fields be read anew."""
    return look_up(Client(connecting.live_connection(host.context), Purpose.LOOK_UP), Question(number=NUMBER, region="JP"))


def test_no_object_may_be_read(connected: Host):
    connected.org.user(objects={name: {"read": False} for name in ("Contact", "Account", "Lead")})
    connecting.run_test(connected.context, ADMIN)
    with pytest.raises(NeedsConfiguration, match="telephone field") as caught:
        find(connected)
    assert caught.value.message == NOTHING_READABLE


def test_r31_work_tried_again_after_rights_were_given_back_needs_no_test_before(connected: Host):
    names = ("Contact", "Account", "Lead")
    lead = connected.org.record("Lead", LastName="L", Company="C", Phone="03-1234-5678")
    connected.org.user(objects={name: {"read": False} for name in names})
    connecting.run_test(connected.context, ADMIN)
    with pytest.raises(NeedsConfiguration):
        find_after_change(connected)
    connected.org.user(objects={name: {"read": True} for name in names})
    connected.clock.advance(seconds=61)
    assert find_after_change(connected).record.id == lead


def test_b7_a_record_made_seconds_ago_is_found_in_spite_of_the_index_lag(connected: Host):
    connected.org.settings(index_lag=180)
    lead = connected.org.record("Lead", LastName="L", Company="C", Phone="03-1234-5678")
    match = find(connected)
    assert match.record.id == lead
    assert match.api_calls == 2


def test_b7_a_number_that_was_changed_seconds_ago_counts_as_it_stands_now(connected: Host):
    contact = connected.org.record("Contact", LastName="L", Phone="03-1234-5678")
    assert find(connected).record.id == contact
    connected.org.settings(index_lag=180)
    connection = connecting.live_connection(connected.context)
    url = f"{connection.info.instance_url}/services/data/v51.0/sobjects/Contact/{contact}"
    headers = {"Authorization": f"Bearer {connection.access_token()}"}
    assert connection.site().http.patch(url, json={"Phone": "03-9999-0000"}, headers=headers).status_code == 204
    assert find(connected).record is None
    assert find(connected, number="+81399990000").record.id == contact


def test_the_fields_are_read_anew_once_a_day(connected: Host):
    find(connected)
    connected.clock.advance(hours=25)
    before = len(connected.org.requests("/composite"))
    look_up(Client(connecting.live_connection(connected.context), Purpose.LOOK_UP), Question(number=NUMBER, region="JP"))
    assert len(connected.org.requests("/composite")) - before == 2, "one describe, one fall-back"


@pytest.mark.parametrize("kind", ["Contact", "Account", "Lead"])
def test_r22_the_clicked_record_wins_for_one_call(connected: Host, kind: str):
    ids = {
        "Account": connected.org.record("Account", Name="Acme KK", Phone="03-1234-5678"),
        "Contact": connected.org.record("Contact", LastName="Sato", Phone="03-1234-5678"),
        "Lead": connected.org.record("Lead", LastName="L", Company="C", Phone="03-1234-5678"),
    }
    match = find(connected, clicked=RecordRef(object=kind, id=ids[kind]))
    assert match.record == RecordRef(object=kind, id=ids[kind])
    assert (match.rule, match.api_calls) == (decision.CLICKED, 1)


def test_r22_a_click_on_a_persons_twin_gives_the_person_account(connected: Host):
    person = connected.org.record("Account", LastName="小林", FirstName="さくら", PersonMobilePhone="03-1234-5678")
    twin = connected.org.running.org.database.row('SELECT PersonContactId FROM "Account" WHERE Id = ?', (person,))[0]
    match = find(connected, clicked=RecordRef(object="Contact", id=twin))
    assert match.record == RecordRef(object="Account", id=person)
    assert match.rule == decision.CLICKED


def _clicked_and_worthless(org: Org) -> dict[str, RecordRef]:
    converted = org.record("Lead", LastName="L", Company="C", Phone="03-1234-5678", IsConverted=True)
    changed = org.record("Contact", LastName="Changed", Phone="03-9999-9999")
    hidden = org.record("Contact", LastName="Hidden", Phone="03-1234-5678")
    org.user(hidden_records=[hidden])
    return {
        "another object": RecordRef(object="Opportunity", id="006000000000001AAA"),
        "converted": RecordRef(object="Lead", id=converted),
        "number changed since": RecordRef(object="Contact", id=changed),
        "not shared with the user": RecordRef(object="Contact", id=hidden),
        "gone": RecordRef(object="Contact", id="003000000000009AAA"),
        "no id": RecordRef(object="Contact", id="x' OR Id != '"),
    }


@pytest.mark.parametrize(
    "reason", ["another object", "converted", "number changed since", "not shared with the user", "gone", "no id"]
)
def test_r22_otherwise_priority_decides_within_two_calls(connected: Host, reason: str):
    worthless = _clicked_and_worthless(connected.org)
    contact = connected.org.record("Contact", LastName="Sato", Phone="03-1234-5678")
    match = find(connected, clicked=worthless[reason])
    assert match.record == RecordRef(object="Contact", id=contact)
    assert match.rule != decision.CLICKED
    assert match.api_calls <= 2


def test_a_refused_token_is_renewed_once_and_the_request_repeated(connected: Host):
    lead = connected.org.record("Lead", LastName="L", Company="C", Phone="03-1234-5678")
    connected.org.control("clock", {"advance_seconds": 7300})
    match = find(connected)
    assert match.record.id == lead
    assert len(connected.org.requests("/services/Soap/")) == 2, "one connect and one renewal"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "reply", "status": 503, "body": "<html>busy</html>"}, "not available"),
        ({"kind": "drop-before"}, "cannot be reached"),
        (
            {"kind": "reply", "status": 403, "body": [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests"}]},
            "24 hours",
        ),
        ({"kind": "reply", "status": 200, "body": "<html>maintenance</html>", "content_type": "text/html"}, "no JSON"),
    ],
)
def test_trouble_on_the_way_is_tried_again_later(connected: Host, fault: dict, words: str):
    connected.org.control("faults", [{**fault, "match": {"path": "/search"}}])
    with pytest.raises(RetryLater, match=words) as caught:
        look_up(Client(connecting.live_connection(connected.context), Purpose.LOOK_UP), Question(number=NUMBER, region="JP"))
    assert "312345678" not in str(caught.value)


def test_a_limit_while_the_fields_are_read_takes_no_object_away(connected: Host):
    known = connecting.run_test(connected.context, ADMIN).schema
    parts = [
        {"referenceId": name, "httpStatusCode": 403, "httpHeaders": {}, "body": [{"errorCode": "REQUEST_LIMIT_EXCEEDED"}]}
        for name in ("Contact", "Account", "Lead", "org")
    ]
    reply = {"kind": "reply", "status": 200, "body": {"compositeResponse": parts}, "match": {"path": "/composite"}}
    connected.org.control("faults", [reply])
    with pytest.raises(RetryLater):
        connecting.run_test(connected.context, ADMIN)
    assert kept_schema(connected.context.settings.read()) == known
