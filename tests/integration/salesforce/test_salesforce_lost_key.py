"""R17, R32: an installation that lost its encryption key: told in words, nothing is lost, and there is a way out."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from host.storage.plugin_tables import plugin_secrets
from plugins.salesforce.connection import read_connection
from tests.integration.salesforce.conftest import Host, Pages
from tests.integration.salesforce.test_salesforce_delivered import Delivery

PAGE = "/plugins/salesforce/"
ENGLISH = "TSUNAGU_ENCRYPTION_KEYS lacks the key"
JAPANESE = "保存されている認証情報を復号できません"


def lose_the_key(host: Host) -> None:
    """What is sealed is as unreadable as by another key."""
    with host.services.database.writing() as connection:
        connection.execute(update(plugin_secrets).values(sealed="gAAAAABsealed-by-another-key"))


def test_r32_look_ups_wait_and_go_out_after_connecting_again(host: Host):
    host.connect("oauth")
    delivery = Delivery(host)
    lose_the_key(host)
    call_id = delivery.call()
    parked = delivery.ended(call_id)
    assert (parked.state, parked.parked_for) == ("parked", "configure")
    assert ENGLISH in parked.message
    assert host.connect("oauth").released == 1
    assert delivery.go_on(call_id).state == "done"


def test_r17_the_page_says_what_is_wrong_and_lets_an_admin_out(pages: Pages, monkeypatch: pytest.MonkeyPatch):
    pages.host.connect("oauth")
    pages.host.context.secrets.put({"client_secret": "of the site"})
    monkeypatch.delenv("TSUNAGU_SALESFORCE_CLIENT_SECRET")
    lose_the_key(pages.host)
    browser = pages.browser(language="ja")
    assert browser.get(PAGE).status_code == 200
    for action in ("test", "disconnect"):
        assert browser.post(f"{PAGE}{action}").status_code == 303
        assert JAPANESE in browser.get(PAGE).text
    assert read_connection(pages.host.context) is not None
    assert browser.post(f"{PAGE}disconnect", anyway="1").status_code == 303
    assert read_connection(pages.host.context) is None
    assert browser.get(PAGE).status_code == 200
