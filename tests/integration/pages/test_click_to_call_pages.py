"""Clicking a number on a page (R22)."""

from __future__ import annotations

import pytest
from office_fixture import ADMIN, AGENT, Office
from sqlalchemy import func, select

from host.storage import tables
from host.storage.history import get_row


def calls_in(office: Office) -> int:
    with office.services.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(tables.calls)).scalar_one())


def test_r22_a_click_rings_the_person_s_own_extension_and_carries_the_record(office: Office) -> None:
    answer = office.browser(AGENT).post("/calls/dial?object=Contact&record=003IR00000abc00YAB", number="+819012345678")
    assert answer.status_code == 302
    call_id = answer.location.rpartition("/")[2]
    with office.services.database.reading() as connection:
        row = get_row(connection, call_id)
        query = select(tables.facts.c.detail).where(tables.facts.c.call_id == call_id)
        detail = connection.execute(query).scalar_one()
    assert row is not None
    assert row.call.number == "+819012345678"
    assert row.call.clicked_record is not None
    assert row.call.clicked_record.id == "003IR00000abc00YAB"
    assert detail["extension"] == "102"
    assert detail["by"] == AGENT
    assert "Dialling" in office.browser(AGENT).text(answer.location)


def test_r22_the_buttons_of_the_history_carry_number_and_record(office: Office) -> None:
    page = office.browser(AGENT).text("/calls")
    assert (
        'name="number" value="+819012345678" formaction="/calls/dial?object=Contact&amp;record=003IR00000abc00YAB"' in page
    )
    assert "Your phone (extension 102) rings first." in page


@pytest.mark.parametrize("number", ["", "abc", "090-1234\r\nAction: Logoff", "1" * 60, "０" * 200])
def test_a_number_that_cannot_be_dialled_is_a_sentence_and_writes_nothing(office: Office, number: str) -> None:
    browser, before = office.browser(AGENT), calls_in(office)
    answer = browser.post("/calls/dial", {"Referer": "http://localhost/calls?direction=inbound"}, number=number)
    assert answer.location == "/calls?direction=inbound"
    assert "This number cannot be dialled." in browser.text("/calls")
    assert calls_in(office) == before


def test_who_has_no_extension_sees_no_buttons_and_is_told_why(office: Office) -> None:
    browser, before = office.browser("tanaka@example.co.jp"), calls_in(office)
    assert 'form="dial"' not in browser.text("/calls")
    browser.post("/calls/dial", number="+819012345678")
    assert "Your user has no extension." in browser.text("/calls")
    assert calls_in(office) == before


def test_dialling_needs_the_form_s_token(office: Office) -> None:
    assert office.browser(ADMIN).client.post("/calls/dial", data={"number": "+819012345678"}).status_code == 400
