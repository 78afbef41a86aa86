"""R33: the example, installed by pip from outside, is a whole CRM plugin; it works through the pages and the worker."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from app_fixture import Site, csrf_token, scratch_config
from flask.testing import FlaskClient
from sqlalchemy import insert
from werkzeug.test import TestResponse

from devtools.examples import ROOT
from host.connections.stored import read_connection, write_connection
from host.delivery.deliverer import Deliverer
from host.delivery.membership import Membership
from host.delivery.views import deliveries_of
from host.plugin_api import (
    Agent,
    Call,
    Direction,
    Done,
    LimitReached,
    NeedsReauthorisation,
    NumberClicked,
    PermanentFailure,
    PluginContext,
    RecordRef,
    RetryLater,
    Skipped,
)
from host.plugin_api.web import NotDialled, dial
from host.storage.tables import workers
from tests.examples_fixture import acme, acme_installed, acme_path

__all__ = ["acme", "acme_installed", "acme_path"]

PAGE = "/settings/plugins/acme_crm"
CALLER = "+81312345678"
ENDED = {"external": {"number": CALLER, "raw": "0312345678", "name": "", "withheld": False}}


@dataclass
class Shop:
    """An installation with the example beside Tsunagu's own plugins, and an admin's browser."""

    site: Site
    crm: Any
    browser: FlaskClient

    @property
    def context(self) -> PluginContext:
        return self.site.services.registry.context("acme_crm")

    def post(self, path: str, **form: str) -> TestResponse:
        return self.browser.post(PAGE + path, data={"csrf_token": csrf_token(self.browser, PAGE), **form})

    def set_up(self, **form: str) -> TestResponse:
        filled = {"address": self.crm.address, "client_id": "acme-app", "memos": "on", "daily_calls": "10000"}
        return self.post("/settings", **{**filled, "client_secret": "acme-secret", **form})

    def connect_by_key(self, key: str = "acme-key") -> TestResponse:
        return self.post("/connect/api_key", key=key)

    def connect_by_oauth(self) -> TestResponse:
        leaving = self.post("/connect/oauth")
        url = leaving.text.split('href="' + self.crm.address)[1].split('"')[0].replace("&amp;", "&")
        back = requests.get(self.crm.address + url, allow_redirects=False, timeout=10).headers["Location"]
        return self.browser.get(back.removeprefix("http://localhost:8000"))

    def call_ends(self, **changes: Any) -> str:
        assert self.site.send_event(**{**ENDED, **changes}).status_code in (200, 202)
        return self.site.call_ids()[0]

    def deliver(self, call_id: str, plugin: str = "acme_crm") -> list[str]:
        """Deliver what waits; gives back the states of the plugin's deliveries."""
        Deliverer(self.site.services, Membership(self.site.services.database, "one", 60)).deliver(plugin, call_id)
        with self.site.services.database.reading() as connection:
            return [view.state for view in deliveries_of(connection, call_id) if view.plugin == plugin]

    def entry(self, number: str = CALLER) -> Any:
        return self.site.services.registry.contact_book().entries([number]).get(number)


@pytest.fixture
def shop(database_url: str, quick_passwords: None, acme_installed: Path, acme: Any) -> Iterator[Shop]:
    site = Site(scratch_config(database_url, url="http://localhost:8000"))
    now = site.services.clock()
    with site.services.database.writing() as connection:
        connection.execute(insert(workers).values(executor_id="one", started_at=now, seen_at=now))
    yield Shop(site, acme, site.admin)
    site.services.processes.close()
    site.services.database.engine.dispose()


def test_r33_the_plugin_has_less_than_two_hundred_lines() -> None:
    lines = [line for path in (ROOT / "examples/acme_crm/acme_crm").glob("*.py") for line in path.read_text().splitlines()]
    assert len([line for line in lines if line.strip()]) < 200


def test_r33_from_settings_over_an_api_key_to_a_name_and_a_memo(shop: Shop, acme_path: Path) -> None:
    assert "The plugin&#39;s settings are not complete: Address of Acme CRM." in shop.browser.get(PAGE).text
    assert Path(sys.modules["acme_crm"].__file__ or "").parent.parent == acme_path, "what pip installed, not the sources"
    assert shop.set_up().status_code == 303
    assert shop.connect_by_key("wrong").status_code == 422
    assert shop.connect_by_key().status_code == 303
    page = shop.browser.get(PAGE).text
    assert "Acme key 1" in page
    assert "Acme CRM answers." in page
    call_id = shop.call_ends()
    assert shop.deliver(call_id) == ["done"]
    assert (shop.entry().company, shop.entry().person, shop.entry().source) == ("Acme Trading", "Ann Acme", "acme_crm")
    assert shop.site.api("PUT", f"/calls/{call_id}/memo", json={"text": "Wants an offer."}).status_code == 200
    assert shop.deliver(call_id) == ["done", "done"]
    assert shop.crm.notes == {call_id: {"person": "p1", "text": "Wants an offer."}}
    figures = shop.site.app.test_client().get("/metrics").text
    assert 'tsunagu_plugin_acme_crm_lookups_total{outcome="found"} 1.0' in figures
    assert 'tsunagu_plugin_well{check="answers",plugin="acme_crm"} 1.0' in figures


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_r13_oauth_takes_the_browser_to_the_crm_and_back_and_has_other_features(shop: Shop) -> None:
    shop.set_up()
    assert shop.connect_by_oauth().status_code == 303
    assert "ann@acme.example" in shop.browser.get(PAGE).text
    account = shop.context.crm.account()
    assert account is not None
    assert (account.method, account.account, account.connected_by) == ("oauth", "ann@acme.example", "admin@example.com")
    declared = {feature.key for feature in shop.context.crm.method().features}
    assert declared == {"clicks"}
    shop.crm.tokens.clear()
    assert shop.context.crm.ask("GET", f"{shop.crm.address}/api/me") == {"name": "ann@acme.example"}, "renewed once"
    assert shop.post("/disconnect").status_code == 303
    assert shop.context.crm.account() is None
    assert shop.crm.refresh_tokens == {}


def test_r32_a_connection_that_another_process_renewed_meanwhile_does_not_count_as_lost(shop: Shop) -> None:
    shop.set_up()
    shop.connect_by_oauth()
    secrets, asked = shop.context.secrets, []

    def refuse(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        asked.append(request.headers["Authorization"])
        known = read_connection(secrets)
        if len(asked) == 2 and known:  # refused because somebody has renewed it since
            write_connection(secrets, replace(known, grant=replace(known.grant, access_token="newer")))
        return 401, {}, ""

    with responses.RequestsMock() as edge:
        edge.add_passthru(shop.crm.address)
        edge.add_callback("GET", "https://crm.example/x", refuse)
        with pytest.raises(RetryLater, match="renewed in the meantime"):
            shop.context.crm.request("GET", "https://crm.example/x")
        assert len(set(asked)) == 2
        assert "The connection with the CRM is lost" not in shop.browser.get("/calls").text
        with pytest.raises(NeedsReauthorisation):
            shop.context.crm.request("GET", "https://crm.example/x")
    assert "The connection with the CRM is lost" in shop.browser.get("/calls").text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_r13_the_answer_of_the_crm_counts_once_and_in_the_same_browser(shop: Shop) -> None:
    shop.set_up()
    shop.post("/connect/oauth")
    stranger = shop.site.admin
    answer = stranger.get(f"{PAGE}/callback?code=x&state=y", follow_redirects=True)
    assert "does not belong to a sign-in of this browser" in answer.text
    assert shop.context.crm.account() is None
    assert shop.site.agent.get(f"{PAGE}/callback?code=x&state=y").status_code == 403


def test_r32_a_refused_key_is_told_by_banner_and_the_work_goes_on_when_connected_again(shop: Shop) -> None:
    shop.set_up()
    shop.connect_by_key()
    shop.crm.tokens.clear()
    call_id = shop.call_ends()
    assert shop.deliver(call_id) == ["parked"]
    assert "The connection with the CRM is lost" in shop.browser.get("/calls").text
    shop.crm.tokens["acme-key"] = "Acme key 1"
    assert "Work that was waiting is done now: 1." in _following(shop, shop.connect_by_key())
    assert shop.deliver(call_id) == ["done"]
    assert "The connection with the CRM is lost" not in shop.browser.get("/calls").text


def _following(shop: Shop, answer: TestResponse) -> str:
    return shop.browser.get(answer.headers["Location"]).text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("status", "error"), [(429, LimitReached), (503, RetryLater), (400, PermanentFailure), (401, NeedsReauthorisation)]
)
def test_r33_what_the_crm_refuses_becomes_the_error_that_fits(shop: Shop, status: int, error: type[Exception]) -> None:
    shop.set_up()
    shop.connect_by_key()
    shop.crm.faults += [status] * 3
    with pytest.raises(error):
        shop.context.crm.request("GET", f"{shop.crm.address}/api/me")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_r33_the_bulk_job_looks_all_numbers_of_the_day_up_at_once(shop: Shop) -> None:
    from acme_crm.plugin import fetch_today

    shop.set_up()
    shop.connect_by_key()
    shop.call_ends()
    shop.call_ends(id="other", external={"number": "+81398765432", "raw": "0398765432", "name": "", "withheld": False})
    shop.crm.asked.clear()
    run = _Run(shop.site.services.clock())
    assert fetch_today(shop.context, run).summary == "All people of the day are up to date."
    assert shop.crm.asked == ["GET /api/people"]
    assert shop.entry().person == "Ann Acme"
    assert run.kept["done"] == 2


@dataclass
class _Run:
    """A run of the job as a worker gives it."""

    due_at: Any
    kept: Any = None

    def __post_init__(self) -> None:
        from datetime import timedelta

        self.due_at += timedelta(minutes=1)
        self.kept = {}

    def stopping(self) -> bool:
        return False

    def keep(self, kept: Any, **_progress: int) -> None:
        self.kept = kept


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_r22_a_click_is_noted_by_the_method_that_declares_it(shop: Shop) -> None:
    shop.set_up()
    shop.connect_by_oauth()
    call = Call(id="c1", direction=Direction.OUTBOUND, number=CALLER, raw_number=CALLER, started_at=shop.context.clock())
    person = RecordRef(object="Person", id="p1")
    agent = Agent(extension="101", name="Alice")
    event = NumberClicked(fact_id=1, occurred_at=call.started_at, call=call, number="0312345678", agent=agent, record=person)
    plugin: Any = shop.site.services.registry.get("acme_crm").plugin  # type: ignore[union-attr]
    for _ in range(2):
        assert isinstance(plugin.on_click_to_call(context=shop.context, event=event), Done)
    assert shop.crm.dials == {"c1": {"person": "p1", "number": "0312345678", "agent": "Alice"}}
    shop.post("/disconnect")
    shop.connect_by_key()
    assert isinstance(plugin.on_click_to_call(context=shop.context, event=event), Skipped)


def test_r33_settings_are_checked_by_the_schema_sealed_and_logged(shop: Shop) -> None:
    refused = shop.set_up(address="no address", daily_calls="5")
    assert refused.status_code == 422
    assert "Enter a whole address" in refused.text
    assert "From 100 to 1000000." in refused.text
    assert shop.context.settings.read() == {}
    shop.set_up()
    shop.set_up(client_secret="", daily_calls="500")
    config = shop.context.config()
    assert (config["client_secret"], config["daily_calls"], config["memos"]) == ("acme-secret", 500, True)
    assert "acme-secret" not in shop.browser.get(PAGE).text
    assert "client_secret" not in shop.context.settings.read()
    newest, first = shop.context.operations.find(limit=2).operations
    assert (newest.action, newest.actor) == ("settings changed", "admin@example.com")
    assert newest.detail["Client secret"] == "kept"
    assert (newest.detail["API calls a day"].before, newest.detail["API calls a day"].after) == (10000, 500)
    assert "acme-secret" not in repr(first)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_r33_an_admin_sets_the_order_on_the_page_of_plugins(shop: Shop) -> None:
    page = shop.browser.get("/settings/plugins").text
    assert 'aria-label="Move Acme CRM up"' in page
    token = {"csrf_token": csrf_token(shop.browser, PAGE)}
    assert shop.browser.post("/settings/plugins/acme_crm/move", data={**token, "to": "up"}).status_code == 303
    assert shop.site.services.registry.order() == ["acme_crm", "salesforce"]
    assert shop.browser.post("/settings/plugins/contacts/move", data={**token, "to": "up"}).status_code == 404
    assert "Order changed" in shop.browser.get("/settings/log").text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_r33_the_page_stands_in_the_menu_and_speaks_japanese_by_the_plugins_own_catalogue(shop: Shop) -> None:
    assert f'href="{PAGE}"' in shop.browser.get("/calls").text
    page = shop.browser.get(PAGE, headers={"Accept-Language": "ja"}).text
    assert "Acme CRM のアドレス" in page


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_r22_a_plugins_page_may_dial(shop: Shop) -> None:
    asked: list[Any] = []

    def try_it() -> str:
        for number in ("nobody", "03-1234-5678"):
            try:
                asked.append(dial(number, RecordRef(object="Person", id="p1")))
            except NotDialled as refused:
                asked.append(refused.message)
        return ""

    shop.site.app.view_functions["history.index"] = try_it
    shop.browser.get("/calls")
    assert "no extension" in asked[0]
    shop.site.agent.get("/calls")
    assert "cannot be dialled" in asked[2]
    call_id = asked[3]
    call = shop.context.calls.get(call_id)
    assert call is not None
    assert (call.number, call.clicked_record) == (CALLER, RecordRef(object="Person", id="p1"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_r34_pages_are_for_admins_only(shop: Shop) -> None:
    assert shop.site.agent.get(PAGE).status_code == 403
    assert shop.site.anonymous.get(PAGE).status_code in (302, 401)
