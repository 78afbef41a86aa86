"""R32, B6: a dead connection is noticed at the first refused call; a banner and a mail say so; nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
from simple_salesforce.api import Salesforce
from sqlalchemy import select

from host.alarms import standing_alarms
from host.plugin_api import NeedsConfiguration, NeedsReauthorisation, RetryLater
from host.storage.alarm_tables import alarms
from plugins.salesforce import disconnecting, permission_check
from plugins.salesforce.client import Client
from plugins.salesforce.connecting import live_connection
from plugins.salesforce.connection import read_connection
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.registration import register_call
from tests.integration.salesforce.conftest import Host, Pages
from tests.integration.salesforce.test_salesforce_delivered import Delivery

NUMBER = "+81312345678"
LOST = "The connection to Salesforce is lost"
BARRED = "Salesforce does not let us in"


def titles(host: Host) -> list[str]:
    with host.services.database.reading() as connection:
        return [str(alarm.title) for alarm in standing_alarms(connection, ["salesforce"])]


def rows(host: Host) -> list[Any]:
    with host.services.database.reading() as connection:
        return list(connection.execute(select(alarms).order_by(alarms.c.id)))


def refused(host: Host) -> None:
    with pytest.raises(NeedsReauthorisation):
        register_call(host.context, host.ended(NUMBER))


@pytest.mark.parametrize("method", ["oauth", "password"])
def test_b6_one_refused_look_up_is_enough(host: Host, method: str) -> None:
    host.connect(method)
    assert titles(host) == []
    _end_it(host, method)
    refused(host)
    assert titles(host) == [LOST]
    known = read_connection(host.context)
    assert known is not None
    assert known.lost


def _end_it(host: Host, method: str) -> None:
    if method == "oauth":
        host.org.control("revoke", {})
    else:
        host.org.user(password="changed since")
        host.org.control("revoke", {})


def test_b6_what_is_known_to_be_lost_is_not_asked_of_salesforce_again_and_is_one_alarm(host: Host) -> None:
    host.connect("oauth")
    host.org.control("revoke", {})
    refused(host)
    asked = len(host.org.requests("/services/"))
    for _ in range(5):
        refused(host)
    assert len(host.org.requests("/services/")) == asked
    assert len(rows(host)) == 1


def test_r32_an_alarm_that_was_never_said_is_said_at_the_next_call(host: Host) -> None:
    host.connect("oauth")
    host.org.control("revoke", {})
    refused(host)
    with host.services.database.writing() as connection:  # as if the process had died between marking it and saying so
        connection.execute(alarms.delete())
    refused(host)
    assert titles(host) == [LOST]


def test_r32_connecting_again_ends_it(host: Host) -> None:
    host.connect("oauth")
    host.org.control("revoke", {})
    refused(host)
    host.connect("oauth")
    assert titles(host) == []
    register_call(host.context, host.ended(NUMBER))
    assert titles(host) == []


def test_r32_whoever_read_that_it_was_lost_before_an_admin_connected_anew_does_not_say_so(host: Host) -> None:
    host.connect("oauth")
    host.org.control("revoke", {})
    refused(host)
    early = live_connection(host.context)
    host.connect("oauth")
    assert early.access_token()
    assert titles(host) == []


def test_r32_disconnecting_ends_it_with_words_of_its_own(host: Host) -> None:
    host.connect("oauth")
    host.org.control("revoke", {})
    refused(host)
    disconnecting.disconnect(host.context, "admin@example.com")
    assert titles(host) == []
    assert rows(host)[0].cleared_text.startswith("An administrator has disconnected Salesforce.")


def test_r32_the_banner_is_in_the_page_s_language(host: Host, pages: Pages) -> None:
    host.connect("oauth")
    host.org.control("revoke", {})
    refused(host)
    text = pages.browser(language="ja").get("/calls").text
    assert "Salesforce との接続が切れています" in text
    assert "通話の情報は保持され、再接続後に電話番号が検索されます。" in text


def test_b6_a_connection_nobody_uses_is_tried_every_night(host: Host) -> None:
    """Fetch set to none, or holidays: the nightly connection test is the first that is refused."""
    host.connect("oauth")
    host.org.control("revoke", {})
    permission_check.check_rights(host.context, None)  # type: ignore[arg-type]
    assert LOST in titles(host)
    plugin = host.services.registry.get("salesforce")
    assert plugin is not None
    assert permission_check.JOB in plugin.manifest.jobs


def test_b6_the_result_of_a_test_from_before_does_not_look_as_if_it_held(host: Host, pages: Pages) -> None:
    host.connect("oauth")
    browser = pages.browser()
    assert "All in order" in browser.get("/plugins/salesforce/").text
    host.org.control("revoke", {})
    refused(host)
    page = browser.get("/plugins/salesforce/").text
    assert "All in order" not in page
    assert "This is what the test found before the connection was lost." in page


def barred(host: Host) -> str:
    known = read_connection(host.context)
    assert known is not None
    assert not known.lost
    return known.barred_because


@pytest.mark.parametrize("method", ["oauth", "password"])
def test_b6_a_connection_that_a_setting_bars_is_told_at_the_first_refused_call(host: Host, method: str) -> None:
    """It is not lost: no new sign-in is asked for, and it goes on by itself once the setting is put right."""
    host.connect(method)
    bar(host, method, on=True)
    for _ in range(2):
        with pytest.raises(NeedsConfiguration):
            register_call(host.context, host.ended(NUMBER))
    assert titles(host) == [BARRED]
    assert len(rows(host)) == 1
    assert barred(host)
    bar(host, method, on=False)
    register_call(host.context, host.ended(NUMBER))
    assert titles(host) == []
    assert not barred(host)


def bar(host: Host, method: str, *, on: bool) -> None:
    if method == "oauth":
        host.org.control("app", {"blocked": on})
    else:
        host.org.user(login_refusal="LOGIN_DURING_RESTRICTED_DOMAIN" if on else "")
        host.org.control("revoke", {})


def test_b6_work_that_waited_for_the_setting_goes_on_with_the_next_call(host: Host) -> None:
    host.connect("oauth")
    delivery = Delivery(host)
    host.org.control("app", {"blocked": True})
    waiting = delivery.call()
    assert delivery.ended(waiting).parked_for == "configure"
    host.org.control("app", {"blocked": False})
    assert delivery.ended(delivery.call()).state == "done"
    assert delivery.go_on(waiting).state == "done"


def test_r32_a_renewed_token_that_another_process_has_replaced_already_is_no_lost_connection(host: Host) -> None:
    """Else that work would be put on hold for an admin who is told of nothing."""
    host.connect("oauth")
    used: list[str] = []

    def request(org: Salesforce) -> Any:
        used.append(org.session_id)
        if len(used) == 3:
            live_connection(host.context).renewed(org.session_id)
        host.org.control("clock", {"advance_seconds": 7300})  # every session has ended
        return org.restful("sobjects")

    with pytest.raises(RetryLater, match="renewed in the meantime"):
        Client(live_connection(host.context), Purpose.LOOK_UP)._call(request)
    assert len(set(used)) == 3
    assert titles(host) == []
    register_call(host.context, host.ended(NUMBER))


def test_r32_a_session_that_ends_twice_in_a_row_is_no_lost_connection(host: Host) -> None:
    host.connect("oauth")
    register_call(host.context, host.ended(NUMBER))
    host.org.control("faults", [{"kind": "expired-session", "match": {"path": "/search"}, "times": 2}])
    register_call(host.context, host.ended(NUMBER))
    assert titles(host) == []


def test_r32_whoever_is_refused_after_every_renewal_has_lost_the_connection(host: Host) -> None:
    host.connect("oauth")
    register_call(host.context, host.ended(NUMBER))
    host.org.control("faults", [{"kind": "expired-session", "match": {"path": "/search"}, "times": None}])
    refused(host)
    assert titles(host) == [LOST]
