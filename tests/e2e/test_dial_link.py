"""R22 in a real browser: from a CRM's page by its link to a ringing call, and what another site cannot do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from browser_fixture import Served
from office_fixture import AGENT, PASSWORD, change_call
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import func, select
from werkzeug.serving import make_server

from host.plugin_api import RecordRef
from host.storage import tables
from host.storage.history import get_row

pytestmark = pytest.mark.browser

CRM = "https://crm.example/contact"
FRAME = """address => {
  const frame = document.createElement("iframe");
  frame.onload = () => { frame.dataset.loaded = "yes"; };
  frame.src = address;
  document.body.append(frame);
}"""
SEND = """address => {
  document.body.innerHTML = `<form method="post" action="${address}"><input name="number" value="+81312345678"></form>`;
  document.forms[0].submit();
}"""
LINK = "/dial?number=%2B81312345678&object=Contact&id=003IR00000abc00YAB"


def calls_in(served: Served) -> int:
    with served.office.services.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(tables.calls)).scalar_one())


def crm(context: BrowserContext, body: str) -> Page:
    """A page of another site."""
    page = context.new_page()
    page.route(CRM, lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(CRM)
    return page


@pytest.fixture
def neighbour() -> Iterator[str]:
    """The address of another server on the same host: from there browsers send us our cookies."""

    def empty(_environ: object, start: Any) -> list[bytes]:
        start("200 OK", [("Content-Type", "text/html")])
        return [b"<!doctype html><title>CRM</title>"]

    server = make_server("127.0.0.1", 0, empty)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def test_r22_the_link_leads_by_the_login_to_one_call_that_is_seen_going_on(served: Served) -> None:
    before = calls_in(served)
    context = served.context()
    start = crm(context, f'<a href="{served.url}{LINK}" target="_blank">Call</a>')
    with context.expect_page() as opened:
        start.get_by_text("Call").click()
    page = opened.value
    page.fill("#email", AGENT)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    expect(page.get_by_role("heading", name="Call 03-1234-5678?")).to_be_visible()
    expect(page.locator("#main")).to_contain_text("003IR00000abc00YAB")
    assert calls_in(served) == before, "opening the link dials nothing"
    page.get_by_role("button", name="Call", exact=True).dblclick()
    page.wait_for_url("**/calls/*")
    call_id = page.url.rpartition("/")[2]
    assert calls_in(served) == before + 1, "one call, though it was pressed twice"
    with served.office.services.database.reading() as connection:
        row = get_row(connection, call_id)
    assert row is not None
    assert row.call.clicked_record == RecordRef(object="Contact", id="003IR00000abc00YAB")
    head = page.locator("#call-head")
    expect(head).to_contain_text("Dialling")
    for state, shown in (("ringing", "Ringing"), ("answered", "In a call")):
        change_call(served.office.services, call_id, state=state)
        expect(head).to_contain_text(shown)
    for outcome, shown in (("busy", "Busy"), ("no_answer", "No answer"), ("answered", "Answered")):
        change_call(served.office.services, call_id, state="ended", outcome=outcome)
        expect(head).to_contain_text(shown, timeout=15_000)


def test_r22_another_site_can_neither_frame_the_page_nor_send_its_form(served: Served, neighbour: str) -> None:
    before, page = calls_in(served), served.logged_in(AGENT)
    page.goto(neighbour)
    with page.expect_response("**/dial?*") as framed:
        page.evaluate(FRAME, f"{served.url}{LINK}")
    assert framed.value.status == 200, "logged in"
    expect(page.locator("iframe")).to_have_attribute("data-loaded", "yes")
    assert page.frames[1].url.startswith("chrome-error:"), "the browser refused to show it"
    with page.expect_navigation() as answered:
        page.evaluate(SEND, f"{served.url}/dial")
    assert answered.value.status == 400, "logged in, but without the form's token"
    assert calls_in(served) == before
