"""R17, R18, R32, B16: what ending a connection keeps, and what becomes of it; on both databases."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from host.calls import refetch
from host.config import Config
from host.plugin_api import Changed, JobState, LimitReached, NeedsReauthorisation, PluginError
from host.services import build_services
from host.storage.alarm_tables import alarms
from host.storage.tables import deliveries
from plugins.salesforce import changing, connecting, disconnecting
from plugins.salesforce.auth.methods import auth_method
from plugins.salesforce.bulk_fetch import JOB as BULK
from plugins.salesforce.connection import LiveConnection, read_connection
from plugins.salesforce.do_not_sync import Entry, add, counts
from plugins.salesforce.domain.do_not_sync import Excluded
from plugins.salesforce.former import FORMER, discard, former_of, formers, restore
from plugins.salesforce.former_work import send_here
from plugins.salesforce.preferences import FetchSetting, read_preferences
from plugins.salesforce.registration import register_call
from plugins.salesforce.sign_in import USED_OR_EXPIRED
from tests.integration.salesforce.conftest import ADMIN, SITE, Browser, Clock, Host, Org, Pages, query_of
from tests.integration.salesforce.test_salesforce_delivered import Delivery

OTHER = "00D000000000099"
UNREACHABLE = [{"kind": "drop-before", "match": {"path": "/revoke"}, "times": 9}]


@pytest.fixture
def host(org: Org, database_url: str, clock: Clock) -> Iterator[Host]:
    """A host that nobody has connected yet, on both databases."""
    key = Fernet.generate_key().decode()
    config = Config(database_url=database_url, secret_key="s" * 40, encryption_keys=(key,), url=SITE)
    services = build_services(config, clock=clock)
    yield Host(services, org, clock)
    services.database.engine.dispose()


@pytest.fixture
def delivery(host: Host) -> Delivery:
    host.connect("oauth")
    return Delivery(host)


@pytest.fixture
def browser(pages: Pages) -> Browser:
    pages.host.connect("oauth")
    return pages.browser()


def waiting(delivery: Delivery) -> str:
    """A call whose look-up waits for an admin to connect again."""
    delivery.host.org.control("revoke", {})
    call_id = delivery.call()
    assert delivery.ended(call_id).state == "parked"
    return call_id


def as_of_another_org(host: Host) -> None:
    """All that is kept belongs to an org that is not the sandbox."""
    former = [{**one, "org_id": OTHER + "AAA", "org_name": "Other Inc."} for one in host.context.settings.read()[FORMER]]
    host.context.settings.write({FORMER: former, "last_org_id": OTHER + "AAA"})
    with host.services.database.writing() as connection:
        connection.execute(update(deliveries).where(deliveries.c.aside_key.is_not(None)).values(aside_key=OTHER))


def lines(host: Host) -> list[tuple[str, str]]:
    return [(line.actor, line.action) for line in host.context.operations.find().operations]


def test_b16_the_settings_are_kept_and_come_back_with_the_same_org(host: Host):
    host.connect("password")
    host.context.settings.write({"fetch": "bulk", "unticked": ["Lead.Fax"], "of_a_later_version": {"a": 1}})
    host.context.settings.write({"client_id": "the app", "api_version": "60.0"})
    disconnecting.disconnect(host.context, "operator")
    gone = host.context.settings.read()
    assert read_preferences(host.context).fetch is FetchSetting.AFTER_EACH_CALL
    assert not {"unticked", "of_a_later_version", "connection", "schema", "test"} & gone.keys()
    assert (gone["client_id"], gone["api_version"]) == ("the app", "60.0")
    connected = host.connect("password")
    assert connected.restored is not None
    back = host.context.settings.read()
    assert (back["fetch"], back["unticked"], back["of_a_later_version"]) == ("bulk", ["Lead.Fax"], {"a": 1})
    assert former_of(back, connected.info.org_id).settings is None


def test_b16_what_was_restored_is_in_the_log_and_a_second_time_nothing_is(host: Host):
    host.connect("password")
    host.context.settings.write({"fetch": "none"})
    disconnecting.disconnect(host.context, "operator")
    host.connect("password")
    line = host.context.operations.find(action="settings restored").operations[0]
    assert line.detail["fetching contacts"] == Changed(None, "contacts are not fetched")
    disconnecting.disconnect(host.context, "operator")
    assert [one.settings for one in formers(host.context.settings.read())] == [{"fetch": "none"}]


def test_r15_a_kept_setting_that_the_new_method_does_not_offer_does_not_come_back(host: Host):
    host.connect("password")
    host.context.settings.write({"fetch": "bulk"})
    disconnecting.disconnect(host.context, "operator")
    host.connect("oauth")
    assert read_preferences(host.context).fetch is FetchSetting.AFTER_EACH_CALL


def test_r15_nor_does_it_when_an_admin_uses_the_settings_of_another_org(host: Host):
    host.connect("password")
    host.context.settings.write({"fetch": "bulk", "unticked": ["Lead.Fax"]})
    disconnecting.disconnect(host.context, "operator")
    as_of_another_org(host)
    host.connect("oauth")
    assert restore(host.context, OTHER, ADMIN)
    kept = read_preferences(host.context)
    assert (kept.fetch, kept.unticked) == (FetchSetting.AFTER_EACH_CALL, ("Lead.Fax",))
    told = host.context.operations.find(action="settings restored").operations[0].detail
    assert "fetching contacts" not in told


def test_b4_a_reached_limit_alarms_nobody_once_its_org_is_disconnected(host: Host):
    host.connect("oauth")
    host.org.control("faults", [{"kind": "daily-limit"}])
    with pytest.raises(LimitReached):
        register_call(host.context, host.ended("+819012345678"))
    assert standing(host) == ["api_limit"]
    disconnecting.disconnect(host.context, ADMIN)
    assert standing(host) == []


def standing(host: Host) -> list[str]:
    """The keys of the alarms that stand."""
    with host.services.database.reading() as connection:
        return list(connection.execute(select(alarms.c.key).where(alarms.c.cleared_at.is_(None))).scalars())


def test_b16_no_secret_is_among_what_is_kept(host: Host):
    host.connect("password")
    disconnecting.disconnect(host.context, "operator")
    stored = str(host.context.settings.read()) + str(host.context.operations.find().operations)
    assert not [secret for secret in (host.org.login["password"], host.org.login["security_token"]) if secret in stored]
    assert host.context.secrets.get("connection") is None


def test_b16_settings_of_another_org_are_offered_and_used_or_discarded(host: Host):
    host.connect("oauth")
    host.context.settings.write({"unticked": ["Lead.Fax"]})
    disconnecting.disconnect(host.context, ADMIN)
    as_of_another_org(host)
    assert host.connect("oauth").restored is None
    assert read_preferences(host.context).unticked == ()
    assert restore(host.context, OTHER, ADMIN)
    assert read_preferences(host.context).unticked == ("Lead.Fax",)
    assert not restore(host.context, OTHER, ADMIN)
    assert not discard(host.context, OTHER, ADMIN)
    assert lines(host)[0] == (ADMIN, "settings restored")


def test_r17_work_that_waits_goes_out_when_the_same_org_is_connected_again(delivery: Delivery):
    call_id = waiting(delivery)
    done = disconnecting.disconnect(delivery.host.context, ADMIN)
    assert done.aside == 1
    delivery.host.context.resume_parked()
    assert delivery.go_on(call_id).parked_for == "set_aside"
    connected = delivery.host.connect("oauth")
    assert (connected.released, connected.aside) == (1, 0)
    assert delivery.go_on(call_id).state == "done"


def test_r17_what_waits_behind_it_waits_with_it(delivery: Delivery):
    call_id = waiting(delivery)
    delivery.publish(call_id, "on_call_end", {"refetch": True})
    assert disconnecting.disconnect(delivery.host.context, ADMIN).aside == 2
    assert delivery.host.connect("oauth").released == 2


def test_r17_work_that_was_to_be_tried_again_is_not_lost(delivery: Delivery):
    host = delivery.host
    host.org.control("faults", [{"kind": "daily-limit", "match": {"path": "/search"}, "times": None}])
    refused, waiting_yet = delivery.call(), delivery.call()
    assert delivery.ended(refused).state == "retrying"
    with host.services.database.writing() as connection:
        host.services.publisher.publish(connection, waiting_yet, "on_call_end", {"refetch": False})
    assert disconnecting.disconnect(host.context, ADMIN).aside == 2
    host.clock.advance(days=2)
    assert [delivery.go_on(call).parked_for for call in (refused, waiting_yet)] == ["set_aside", "set_aside"]
    host.org.control("faults", [])
    assert host.connect("oauth").released == 2
    assert [delivery.go_on(call).state for call in (refused, waiting_yet)] == ["done", "done"]


def test_r17_calls_that_end_without_a_connection_do_not_wait_for_the_former_org(delivery: Delivery):
    host = delivery.host
    disconnecting.disconnect(host.context, ADMIN)
    as_of_another_org(host)
    call_id = delivery.call()
    with host.services.database.writing() as connection:
        host.services.publisher.publish(connection, call_id, "on_call_end", {"refetch": False})
    assert host.connect("oauth").aside == 0
    assert delivery.go_on(call_id).state == "done"


def test_r17_work_of_another_org_waits_until_an_admin_has_it_sent(delivery: Delivery):
    host, call_id = delivery.host, waiting(delivery)
    disconnecting.disconnect(host.context, ADMIN)
    as_of_another_org(host)
    connected = host.connect("oauth")
    assert (connected.released, connected.aside) == (0, 1)
    host.context.resume_parked()
    assert delivery.go_on(call_id).state == "parked"
    assert send_here(host.context, OTHER, ADMIN) == 1
    assert delivery.go_on(call_id).state == "done"
    assert lines(host)[0] == (ADMIN, "work on hold sent to another org")


def test_r17_dropped_work_ends_as_skipped_and_tells_who_dropped_it(delivery: Delivery):
    host, call_id = delivery.host, waiting(delivery)
    disconnecting.disconnect(host.context, ADMIN)
    as_of_another_org(host)
    delivery.publish(call_id, "on_call_end", {"refetch": True})
    host.connect("oauth")
    assert host.context.aside.drop(OTHER, ADMIN) == 1
    assert host.context.aside.counts() == {}
    first, second = delivery.all(call_id)
    assert (first.state, first.message) == ("skipped", f"Dropped by {ADMIN}.")
    assert second.state == "waiting"
    assert delivery.go_on(call_id).state == "done"
    assert lines(host)[0] == (ADMIN, "work on hold dropped")


def test_r32_parked_work_is_counted_and_dropped(delivery: Delivery):
    host, call_id = delivery.host, waiting(delivery)
    assert (host.context.parked(), host.context.drop_parked(ADMIN), host.context.parked()) == (1, 1, 0)
    assert delivery.all(call_id)[0].message == f"Dropped by {ADMIN}."
    assert host.context.drop_parked(ADMIN) == 0
    assert [line for line in lines(host) if line[1] == "work on hold dropped"] == [(ADMIN, "work on hold dropped")]


def test_r17_if_salesforce_cannot_be_told_an_admin_may_disconnect_here(host: Host):
    host.connect("oauth")
    host.org.control("faults", UNREACHABLE)
    with pytest.raises(PluginError):
        disconnecting.disconnect_on_page(host.context, ADMIN)
    assert read_connection(host.context) is not None
    done = disconnecting.disconnect_on_page(host.context, ADMIN, anyway=True)
    assert (done.revoked, read_connection(host.context)) == (False, None)
    assert host.context.secrets.get("connection") is None
    told = host.context.operations.find(action="disconnected").operations[0].detail
    assert told["access at Salesforce"] == disconnecting.NOT_REVOKED


def test_r17_a_sign_in_that_was_away_while_somebody_disconnected_is_refused(host: Host):
    host.connect("oauth")
    method = auth_method("oauth")
    begun = connecting.begin(host.context, method, {}, ADMIN)
    key = connecting.keep_sign_in(host.context, method, begun)
    reply = query_of(host.org.sign_in(begun.url))
    disconnecting.disconnect(host.context, "other admin")
    with pytest.raises(NeedsReauthorisation, match=re.escape(USED_OR_EXPIRED)):
        connecting.come_back(host.context, reply, key, ADMIN)
    assert read_connection(host.context) is None


def test_r17_a_tested_login_cannot_be_switched_to_after_somebody_disconnected(host: Host):
    host.connect("oauth")
    found = changing.begin_trial(host.context, auth_method("password"), host.org.login, ADMIN)
    key = changing.keep_trial(host.context, found)
    disconnecting.disconnect(host.context, "other admin")
    with pytest.raises(NeedsReauthorisation):
        changing.switch(host.context, key, "password", ADMIN)
    assert read_connection(host.context) is None


def test_r17_a_renewal_under_way_ends_before_the_connection_does(host: Host, monkeypatch: pytest.MonkeyPatch):
    """The token that is revoked is the one that the renewal brought, and nothing brings the connection back."""
    host.connect("oauth")
    connection = LiveConnection(host.context, read_connection(host.context))
    under_way, renew = threading.Event(), type(connection.method).renew
    host.org.settings(refresh_seconds=0.3)

    def announced(*arguments: Any) -> Any:
        under_way.set()
        return renew(*arguments)

    monkeypatch.setattr(type(connection.method), "renew", announced)
    renewing = threading.Thread(target=connection.renewed, args=(connection.access_token(),))
    renewing.start()
    assert under_way.wait(10)
    disconnecting.disconnect(host.context, ADMIN)
    renewing.join(10)
    assert (read_connection(host.context), host.context.secrets.get("connection")) == (None, None)
    with pytest.raises(NeedsReauthorisation):
        connection.renewed("anything")


def test_b11_what_must_not_reach_salesforce_stays_so_without_a_connection(host: Host):
    line = Entry(kind=Excluded.LINE, value="0312345678", note="", added_by=ADMIN, added_at=host.clock())
    assert add(host.context, [line]) == 1
    host.connect("oauth")
    disconnecting.disconnect(host.context, ADMIN)
    assert counts(host.context)[Excluded.LINE] == 1


def test_r18_the_log_tells_who_connected_lost_and_ended_the_connection(delivery: Delivery):
    waiting(delivery)
    delivery.host.connect("oauth")
    disconnecting.disconnect(delivery.host.context, "command line")
    assert lines(delivery.host) == [
        ("command line", "disconnected"),
        (ADMIN, "connected again"),
        ("Salesforce", "connection lost"),
        (ADMIN, "connected"),
    ]
    assert delivery.host.context.operations.find().operations[0].detail["org"] == "Tsunagu Demo K.K."


def test_r17_the_page_offers_to_disconnect_here_when_salesforce_is_away(pages: Pages, browser: Browser):
    pages.host.org.control("faults", UNREACHABLE)
    answer = browser.post("/plugins/salesforce/disconnect")
    page = browser.get(answer.location).text
    assert "Disconnect here anyway" in page
    assert "Disconnect here anyway" not in browser.get("/plugins/salesforce/").text
    browser.post("/plugins/salesforce/disconnect", anyway="1")
    assert read_connection(pages.host.context) is None
    assert "Connected Apps OAuth Usage" in browser.get("/plugins/salesforce/").text


def test_r17_what_is_kept_is_on_the_page_and_decided_there(pages: Pages, browser: Browser):
    host = pages.host
    delivery = Delivery(host)
    call_id = waiting(delivery)
    browser.post("/plugins/salesforce/disconnect")
    assert "When this org is connected again" in browser.get("/plugins/salesforce/").text
    as_of_another_org(host)
    host.connect("oauth")
    page = browser.get("/plugins/salesforce/").text
    assert "Other Inc." in page
    assert "Waiting work: 1" in page
    browser.post(f"/plugins/salesforce/former/{OTHER}/discard")
    browser.post(f"/plugins/salesforce/former/{OTHER}/drop")
    assert "Other Inc." not in browser.get("/plugins/salesforce/").text
    assert delivery.all(call_id)[0].message == f"Dropped by {ADMIN}."


@pytest.mark.parametrize("what", ["restore", "discard", "send", "drop"])
def test_r17_deciding_on_what_is_not_kept_changes_nothing(pages: Pages, browser: Browser, what: str):
    before = dict(pages.host.context.settings.read())
    assert browser.post(f"/plugins/salesforce/former/{OTHER}/{what}").status_code == 303
    assert dict(pages.host.context.settings.read()) == before


def test_r18_r23_a_contact_fetched_again_by_hand_is_in_the_log(delivery: Delivery):
    call_id = delivery.call()
    refetch(delivery.host.services, call_id, "agent@example.com")
    line = delivery.host.context.operations.find().operations[0]
    assert (line.actor, line.action, dict(line.detail)) == (
        "agent@example.com",
        "contact fetched again by hand",
        {"call": call_id},
    )
    delivery.host.services.registry.set_enabled("salesforce", False, ADMIN)
    refetch(delivery.host.services, call_id, "agent@example.com")
    assert len(delivery.host.context.operations.find(action="contact fetched again by hand").operations) == 1


def test_r20_a_bulk_fetch_ends_with_its_connection(host: Host):
    host.connect("password")
    host.context.settings.write({"fetch": "bulk"})
    host.context.jobs.start(BULK.name, ADMIN)
    disconnecting.disconnect(host.context, "operator")
    assert [run.state for run in host.context.jobs.runs(BULK.name)] == [JobState.STOPPED]


def test_r17_settings_are_restored_on_the_page_only_while_connected(pages: Pages, browser: Browser):
    pages.host.context.settings.write({"unticked": ["Lead.Fax"]})
    browser.post("/plugins/salesforce/disconnect")
    as_of_another_org(pages.host)
    browser.post(f"/plugins/salesforce/former/{OTHER}/restore")
    assert read_preferences(pages.host.context).unticked == ()
    pages.host.connect("oauth")
    browser.post(f"/plugins/salesforce/former/{OTHER}/restore")
    assert read_preferences(pages.host.context).unticked == ("Lead.Fax",)


def test_b16_many_orgs_do_not_pile_up(host: Host):
    for number in range(12):
        host.context.settings.write({"unticked": [f"Lead.{number}"]})
        host.connect("oauth")
        disconnecting.disconnect(host.context, ADMIN)
        stored = [{**one, "org_id": f"00D0000000000{number:02}"} for one in host.context.settings.read()[FORMER][:1]]
        host.context.settings.write({FORMER: stored + list(host.context.settings.read()[FORMER])[1:]})
    assert len(formers(host.context.settings.read())) == 10
