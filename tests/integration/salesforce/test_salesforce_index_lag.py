"""B7: what was written seconds ago is found though the search index lags, and nothing is written twice because of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from cryptography.fernet import Fernet
from sqlalchemy import select

from host.config import Config
from host.plugin_api import Done
from host.services import build_services
from plugins.contacts.tables import entries
from plugins.salesforce.connection import read_tokens
from tests.integration.salesforce.bulk_nights import RecordedRun, ended, fetch_now
from tests.integration.salesforce.conftest import SITE, Clock, Host, Org
from tests.integration.salesforce.test_salesforce_delivered import Delivery

LAG = 180
NUMBER, FORMER = "+819012340001", "+819012340002"


@pytest.fixture
def host(org: Org, database_url: str, clock: Clock) -> Iterator[Host]:
    """Connected with an empty org whose index lags; on both databases."""
    org.control("reset", {"seed": "empty"})
    config = Config(
        database_url=database_url, secret_key="s" * 40, encryption_keys=(Fernet.generate_key().decode(),), url=SITE
    )
    services = build_services(config, clock=clock)
    host = Host(services, org, clock)
    host.connect("password")
    org.settings(index_lag=LAG)
    yield host
    services.database.engine.dispose()


def contact(host: Host, name: str, phone: str) -> str:
    return host.org.record("Contact", LastName=name, MobilePhone=phone)


def index_catches_up(host: Host) -> None:
    host.org.control("clock", {"advance_seconds": LAG + 1})


def book(host: Host) -> list[tuple[str, str]]:
    """Number and person of every entry."""
    with host.services.database.reading() as connection:
        rows = connection.execute(select(entries.c.number, entries.c.person).order_by(entries.c.number))
        return [(row.number, row.person) for row in rows]


def writes(host: Host) -> list[str]:
    """Requests by which a record would be made or changed."""
    made = [one for one in host.org.requests("/sobjects/") if one["method"] in ("POST", "PATCH", "PUT", "DELETE")]
    return [one["path"] for one in made]


def change_number(host: Host, record: str, phone: str) -> None:
    """Somebody changes it in Salesforce."""
    token = {"Authorization": f"Bearer {read_tokens(host.context).access_token}"}
    url = f"{host.org.running.http_url}/services/data/v51.0/sobjects/Contact/{record}"
    answer = requests.patch(url, json={"MobilePhone": phone}, headers=token, timeout=10)
    assert answer.status_code == 204, answer.text


def test_b7_after_the_call(host: Host):
    record, delivery = contact(host, "新規", "090-1234-0001"), Delivery(host)
    for _ in range(2):
        call_id = delivery.call(number=NUMBER)
        assert delivery.ended(call_id).state == "done"
        assert delivery.match(call_id).record.id == record
        assert book(host) == [(NUMBER, "新規")]
    queries = len(host.org.requests("/composite"))
    index_catches_up(host)
    call_id = delivery.call(number=NUMBER)
    delivery.ended(call_id)
    assert delivery.match(call_id).record.id == record
    assert len(host.org.requests("/composite")) == queries, "the search finds it now"
    assert book(host) == [(NUMBER, "新規")]
    assert not writes(host)


def test_b7_in_bulk(host: Host):
    host.context.settings.write({"fetch": "bulk"})
    contact(host, "新規", "０９０－１２３４－０００１")
    ended(host, NUMBER, NUMBER, "+819099990000")
    for _ in range(2):
        run, result = fetch_now(host, RecordedRun(host.clock()))
        assert isinstance(result, Done)
        assert (run.kept["total"], run.kept["found"], run.kept["missed"]) == (2, 1, 1)
        assert book(host) == [(NUMBER, "新規")]
        index_catches_up(host)
    assert not writes(host)


def test_b7_in_bulk_and_after_a_call_there_is_one_entry(host: Host):
    """Two ways to the same number, one by a query and one by the search."""
    contact(host, "新規", "090-1234-0001")
    delivery = Delivery(host)
    delivery.ended(delivery.call(number=NUMBER))
    host.context.settings.write({"fetch": "bulk"})
    index_catches_up(host)
    assert isinstance(fetch_now(host)[1], Done)
    assert book(host) == [(NUMBER, "新規")]


@pytest.mark.parametrize("fetch", ["after_each_call", "bulk"])
def test_b7_the_index_still_knows_the_number_a_record_no_longer_has(host: Host, fetch: str):
    record = contact(host, "転居", "090-1234-0002")
    index_catches_up(host)
    change_number(host, record, "090-1234-0001")
    host.context.settings.write({"fetch": fetch})
    if fetch == "bulk":
        ended(host, NUMBER, FORMER)
        assert isinstance(fetch_now(host)[1], Done)
    else:
        delivery = Delivery(host)
        for number in (NUMBER, FORMER):
            delivery.ended(delivery.call(number=number))
    assert book(host) == [(NUMBER, "転居")]
