"""The page behind a link in a CRM: asks once, then dials (R22)."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from office_fixture import AGENT, PASSWORD, Office
from sqlalchemy import func, select

from host.plugin_api import RecordRef
from host.storage import tables
from host.storage.history import get_row

CONTACT = {"object": "Contact", "id": "003IR00000abc00YAB"}


def link(number: str = "+81312345678", **record: str) -> str:
    return f"/dial?{urlencode({'number': number, **record})}"


def calls_in(office: Office) -> int:
    with office.services.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(tables.calls)).scalar_one())


def test_r22_opening_the_link_shows_number_name_and_record_and_dials_nothing(office: Office) -> None:
    before = calls_in(office)
    page = office.browser(AGENT).text(link(**CONTACT))
    assert "Call 03-1234-5678?" in page
    assert "東京海洋商事株式会社" in page
    assert re.search(r"Clicked record</dt><dd>Contact\b", page)
    assert "003IR00000abc00YAB" in page
    assert "looked up by the number" not in page
    assert calls_in(office) == before


def test_r22_call_dials_with_the_clicked_record_and_shows_the_call_going(office: Office) -> None:
    browser, before = office.browser(AGENT), calls_in(office)
    answer = browser.post("/dial", number="+81312345678", **CONTACT)
    assert answer.status_code == 303
    call_id = answer.location.rpartition("/")[2]
    with office.services.database.reading() as connection:
        row = get_row(connection, call_id)
    assert row is not None
    assert row.call.number == "+81312345678"
    assert row.call.clicked_record == RecordRef(**CONTACT)
    assert [agent.extension for agent in row.call.agents] == ["102"]
    page = browser.text(answer.location)
    assert "Dialling" in page
    assert f'hx-get="/calls/{call_id}/live"' in page
    assert calls_in(office) == before + 1


def test_r22_who_is_not_logged_in_comes_back_to_the_very_link(office: Office) -> None:
    stranger, wanted = office.browser(None), link("+81 3-1234-5678", **CONTACT)
    answer = stranger.get(wanted)
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer.location).query) == {"next": [wanted]}
    entered = stranger.post(answer.location, email=AGENT, password=PASSWORD)
    assert entered.location == wanted
    assert "Call 03-1234-5678?" in stranger.text(entered.location)


def test_r22_another_site_can_neither_send_the_form_nor_frame_the_page(office: Office) -> None:
    browser, before = office.browser(AGENT), calls_in(office)
    forged = browser.client.post("/dial", data={"number": "+81312345678"}, headers={"Origin": "https://evil.example"})
    assert forged.status_code == 400
    assert office.browser(None).post("/dial", number="+81312345678").location.startswith("/login")
    for method in ("HEAD", "GET"):
        answer = browser.client.open(link(**CONTACT), method=method)
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert calls_in(office) == before


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("number=03-1234-5678", "03-1234-5678"),
        ("number=+81+3+1234+5678", "03-1234-5678"),
        ("number=03%2B1234%2B5678", "03-1234-5678"),
        ("number=%252B81%2B3%2B1234%2B5678", "03-1234-5678"),
        ("number=%28090%29+1234-5678", "090-1234-5678"),
        (f"number={quote('０３−１２３４−５６７８')}", "03-1234-5678"),
        ("number=117", "117"),
    ],
)
def test_r22_numbers_as_a_crm_writes_them_are_read(office: Office, query: str, shown: str) -> None:
    page = office.browser(AGENT).text(f"/dial?{query}")
    assert f"Call {shown}?" in page
    assert 'action="/dial"' in page


@pytest.mark.parametrize("number", ["", "   ", "abc", "<script>alert(1)</script>", "１" * 200, "\x00"])
def test_r22_a_number_that_cannot_be_dialled_is_said_and_has_no_button(office: Office, number: str) -> None:
    browser, before = office.browser(AGENT), calls_in(office)
    for answer in (browser.get(link(number)), browser.post("/dial", number=number)):
        assert answer.status_code == 422
        assert "The link names no number" in answer.text or "This number cannot be dialled." in answer.text
        assert 'action="/dial"' not in answer.text
        assert "<script>alert" not in answer.text
    assert calls_in(office) == before


@pytest.mark.parametrize(
    "record",
    [
        {"object": "Contact"},
        {"id": "003IR00000abc00YAB"},
        {"object": "Con tact", "id": "1"},
        {"object": "A", "id": "x" * 101},
    ],
)
def test_r22_a_record_that_cannot_be_read_is_said_and_the_number_is_dialled_without_it(
    office: Office, record: dict[str, str]
) -> None:
    browser = office.browser(AGENT)
    assert "The link names its record in a way that cannot be read." in browser.text(link(**record))
    answer = browser.post("/dial", number="+81312345678", **record)
    with office.services.database.reading() as connection:
        row = get_row(connection, answer.location.rpartition("/")[2])
    assert row is not None
    assert row.call.clicked_record is None


def test_r22_a_record_of_another_object_is_said_to_be_looked_up(office: Office) -> None:
    page = office.browser(AGENT, language="en").text(link(object="Opportunity", id="006IR00000abc00YAB"))
    assert "Calls are linked with no record of the kind “Opportunity”." in page
    assert 'action="/dial"' in page


def test_r34_with_the_crm_switched_off_no_kind_is_linked(office: Office) -> None:
    office.services.registry.set_enabled("salesforce", False, "test")
    assert "no record of the kind “Contact”" in office.browser(AGENT).text(link(**CONTACT))


def test_who_has_no_extension_or_nothing_that_dials_is_told_so(office: Office) -> None:
    browser, before = office.browser("tanaka@example.co.jp"), calls_in(office)
    for answer in (browser.get(link()), browser.post("/dial", number="+81312345678")):
        assert answer.status_code == 422
        assert "Your user has no extension." in answer.text
    office.services.registry.set_enabled("asterisk", False, "test")
    agent = office.browser(AGENT)
    for answer in (agent.get(link()), agent.post("/dial", number="+81312345678")):
        assert answer.status_code == 422
        assert "No plugin that dials is switched on." in answer.text
    assert calls_in(office) == before
