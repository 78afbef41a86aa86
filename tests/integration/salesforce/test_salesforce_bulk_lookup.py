"""R20: the bulk look-up against a running org: the same answers as number by number, and no match lost at row limits."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from host.plugin_api import Match, numbers_in
from plugins.salesforce import connecting
from plugins.salesforce.asking import Question
from plugins.salesforce.client import Client
from plugins.salesforce.domain.decision import NOT_IN_COUNTED_FIELD
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.lookup import look_up
from tests.integration.salesforce.bulk_nights import bulk_matches
from tests.integration.salesforce.conftest import Host

MODES = ("digits", "tokens")
POOL = [f"+8190{n:04d}5678" for n in range(12)] + [f"+813{n:04d}1234" for n in range(8)] + ["+14155552671", "+442071838750"]
FORMS = (
    "0{0}", "+81{0}", "0{0} 内線12", "0{0}/0{1}", "0{0}、0{1}", "+81 (0){2}-{3}-{4}", "0081{0}", "代表 0{0}", "{wide}",
    "{foreign}", "(0{2}) {3}-{4}", "0{2}-{3}-{4}", "+81-{2}-{3}-{4}", "0{2} {3} {4}",
)  # fmt: skip
PHONES = {
    "Contact": ("Phone", "MobilePhone", "Fax", "AssistantPhone"),
    "Account": ("Phone", "Fax"),
    "Person": ("Phone", "PersonMobilePhone", "PersonHomePhone"),
    "Lead": ("Phone", "MobilePhone"),
}
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@pytest.fixture
def connected(host: Host) -> Host:
    host.org.control("reset", {"seed": "empty"})
    host.connect("password")
    return host


def written(number: str, other: str, form: str) -> str:
    """The number in one of the forms; a foreign one as E.164."""
    if not number.startswith("+81"):
        return number
    digits, second = number[3:], other.removeprefix("+81").removeprefix("+")
    split = 2 if digits.startswith("90") else 1
    parts = (digits[:split], digits[split : split + 4], digits[split + 4 :])
    return form.format(digits, second, *parts, wide=f"0{digits}".translate(WIDE), foreign="+1 415-555-2671")


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(tuple(PHONES)))
    number, other = draw(st.sampled_from(POOL)), draw(st.sampled_from(POOL))
    fields = {field: written(number, other, draw(st.sampled_from(FORMS))) for field in draw(st.sets(
        st.sampled_from(PHONES[kind]), min_size=1, max_size=2))}  # fmt: skip
    changed = f"2026-01-{draw(st.integers(1, 4)):02d}T00:00:00.000Z"
    names = {"Account": {"Name": "A"}, "Lead": {"LastName": "L", "Company": "C"}}.get(kind, {"LastName": kind})
    return {"object": "Account" if kind == "Person" else kind, "fields": {**names, **fields, "LastModifiedDate": changed}}


def alone(host: Host, number: str) -> Match:
    client = Client(connecting.live_connection(host.context), Purpose.LOOK_UP)
    return look_up(client, Question(number=number, region="JP"))


def told(match: Match) -> tuple[Any, ...]:
    """What a look-up decides: the record with its names, and by which rule."""
    return match.record, match.company, match.person, match.url, match.rule


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=5, deadline=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck))
@given(org=st.lists(records(), max_size=40), lag=st.booleans())
def test_r20_bulk_decides_every_number_as_the_single_look_up_does(connected: Host, mode: str, org, lag: bool):
    connected.org.control("reset", {"seed": "empty"})
    connected.connect("password")
    connected.org.settings(search_mode=mode)
    if org:
        connected.org.control("records", {"records": org[: len(org) // 2] or org})
    connected.org.settings(index_lag=300 if lag else 0)
    if org[len(org) // 2 :]:
        connected.org.control("records", {"records": org[len(org) // 2 :]})
    found, _ = bulk_matches(connected, POOL)
    for number in POOL:
        single = alone(connected, number)
        assert holders(found[number]) >= holders(single)
        if holders(found[number]) == holders(single):
            assert told(found[number]) == told(single)
        else:  # the index leads to the second number of a field only by way of the first, which was asked for as well
            assert any(second_of_two(record, number) for record in org)


def holders(match: Match) -> set[str]:
    return {one.record.id for one in match.candidates if one.verdict != NOT_IN_COUNTED_FIELD}


def second_of_two(record: dict[str, Any], number: str) -> bool:
    texts = [str(value) for value in record["fields"].values()]
    return any(number in numbers_in(text, "JP") and len(numbers_in(text, "JP")) == 2 for text in texts)


def numbers_of_the_demo_org() -> set[str]:
    """All that stands in any field of its records, custom ones too."""
    data = json.loads(files("salesforce_sandbox").joinpath("seed/demo.json").read_text())
    texts = [str(value) for record in data["records"] for value in record["fields"].values()]
    return {number for text in texts for number in numbers_in(text, "JP")} | set(POOL)


@pytest.mark.parametrize("mode", MODES)
def test_r20_bulk_decides_the_demo_org_as_the_single_look_up_does(host: Host, mode: str):
    host.connect("password")
    host.org.settings(search_mode=mode)
    numbers = sorted(numbers_of_the_demo_org())
    found, cost = bulk_matches(host, numbers)
    assert {number: told(found[number]) for number in numbers} == {number: told(alone(host, number)) for number in numbers}
    assert cost < len(numbers) / 5


@pytest.mark.parametrize("mode", MODES)
def test_r20_a_number_of_300_contacts_crowds_nobody_out_of_a_full_reply(connected: Host, mode: str):
    """A search gives 200 Contacts at most: the others of the batch would be missed if the reply were believed."""
    connected.org.settings(search_mode=mode)
    crowd = [_contact(f"No {n}", "03-0000-1234", f"2026-02-{1 + n % 28:02d}T00:00:00.000Z") for n in range(300)]
    others = [_contact(number, number, "2020-01-01T00:00:00.000Z") for number in POOL[:8]]
    connected.org.control("records", {"records": [*others, *crowd]})
    found, cost = bulk_matches(connected, POOL)
    assert {number: found[number].person for number in POOL[:8]} == {number: number for number in POOL[:8]}
    assert found["+81300001234"].record == alone(connected, "+81300001234").record
    assert cost <= 5, "the whole, the crowd alone, the rest again, and the queries"


def test_r20_a_reply_full_of_many_numbers_is_asked_in_halves(connected: Host):
    """No number has a quarter of the 200 rows: nothing tells which ones were cut off."""
    numbers = [f"+8190{n:04d}0000" for n in range(20)]
    old = [_contact(number, number, "2019-01-01T00:00:00.000Z") for number in numbers]
    many = [_contact(f"{n}", numbers[n % 10], "2026-02-01T00:00:00.000Z") for n in range(210)]
    connected.org.control("records", {"records": [*old, *many]})
    found, cost = bulk_matches(connected, numbers)
    assert {number: told(found[number]) for number in numbers} == {n: told(alone(connected, n)) for n in numbers}
    assert {found[number].person for number in numbers[10:]} == set(numbers[10:])
    assert cost == 5, "20 together, then 10 and 10 of which one is full again"


def test_b7_a_full_page_of_a_query_is_divided_too(connected: Host):
    """The index knows none of them yet, and one number's 2,000 Contacts fill the query's page."""
    connected.org.settings(index_lag=300)
    crowd = [_contact(f"{n}", "0300001234", "2026-02-01T00:00:00.000Z") for n in range(2005)]
    other = _contact("Other", "0300011234", "2019-01-01T00:00:00.000Z")
    connected.org.control("records", {"records": [other, *crowd]})
    found, _ = bulk_matches(connected, ["+81300001234", "+81300011234"])
    assert found["+81300011234"].person == "Other"
    assert found["+81300001234"].record == alone(connected, "+81300001234").record


def _contact(name: str, phone: str, changed: str) -> dict[str, Any]:
    return {"object": "Contact", "fields": {"LastName": name, "Phone": phone, "LastModifiedDate": changed}}


@pytest.mark.parametrize("mode", MODES)
def test_r20_what_600_unknown_numbers_cost(connected: Host, mode: str):
    """The bar is 60 calls for 1,000 numbers."""
    connected.org.settings(search_mode=mode)
    _, cost = bulk_matches(connected, [f"+8190{n:04d}{n * 7919 % 10000:04d}" for n in range(600)])
    assert cost <= 36


@pytest.mark.parametrize(("status", "code"), [(400, "QUERY_TOO_COMPLICATED"), (414, "")])
def test_r20_what_is_too_much_for_the_org_is_asked_in_halves(connected: Host, status: int, code: str):
    connected.org.record("Lead", LastName="L", Company="C", Phone="0300001234")
    refusal = {"kind": "reply", "status": status, "times": 1, "body": [{"errorCode": code, "message": "too long"}]}
    connected.org.control("faults", [{**refusal, "match": {"path": "/search"}}])
    found, _ = bulk_matches(connected, POOL)
    assert found["+81300001234"].company == "C"
