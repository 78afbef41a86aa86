"""R11: processes that meet an expired session at the same moment refresh it once, and the connection lives.

With rotation on, a second use of the same refresh token would make Salesforce revoke the whole approval.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from sqlalchemy import select

from devtools.installation.browser import Browser
from devtools.installation.connect import SETTINGS, log_in
from host.security.users import Role, create_user
from host.storage.tables import deliveries, delivery_attempts
from plugins.salesforce.connection import read_connection, read_tokens
from tests.integration.salesforce.bulk_nights import ended
from tests.integration.salesforce.conftest import ADMIN, PASSWORD, Host
from tests.integration.salesforce.salesforce_processes import Workers, workers

__all__ = ["workers"]

NUMBERS = [f"+8190{n:04d}1234" for n in range(20)]
TOKEN = "/oauth2/token"


@pytest.fixture
def connected(workers: Workers) -> Workers:
    """Connected, with a Lead for each number; a refresh takes so long that everybody runs into it."""
    host = workers.host
    host.connect("oauth")
    leads = [{"object": "Lead", "fields": {"LastName": n, "Company": n, "Phone": n}} for n in NUMBERS]
    host.org.control("records", {"records": leads})
    host.org.settings(rotation=True, refresh_seconds=3)
    return workers


def end_calls(host: Host) -> None:
    """Every session at Salesforce has expired; now all calls end at the same moment."""
    host.org.control("clock", {"advance_seconds": 7300})
    call_ids = ended(host, *NUMBERS)
    with host.services.database.writing() as connection:
        for call_id in call_ids:
            host.services.publisher.publish(connection, call_id, "on_call_end", {"refetch": False})


def states(host: Host) -> list[str]:
    query = select(deliveries.c.state).where(deliveries.c.plugin == "salesforce")
    with host.services.database.reading() as connection:
        return list(connection.scalars(query))


def refused(host: Host, path: str) -> int:
    return sum(request["status"] == 401 for request in host.org.requests(path))


def assert_one_refresh(host: Host, before: int) -> None:
    assert states(host) == ["done"] * len(NUMBERS)
    assert {number: host.entry(number).company for number in NUMBERS} == {number: number for number in NUMBERS}
    assert len(host.org.requests(TOKEN)) == before + 1
    connection = read_connection(host.context)
    assert connection is not None
    assert not connection.lost
    token = {"Authorization": f"Bearer {read_tokens(host.context).access_token}"}
    limits = f"{host.org.running.http_url}/services/data/v51.0/limits"
    assert requests.get(limits, headers=token, timeout=30).status_code == 200


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.postgres
def test_r11_two_workers_refresh_at_the_same_moment(connected: Workers, monkeypatch: pytest.MonkeyPatch):
    """Each takes half of the calls: it has no room for more."""
    host = connected.host
    monkeypatch.setenv("TSUNAGU_WORKER_SLOTS", str(len(NUMBERS) // 2))
    connected.start_ready(2)
    before = len(host.org.requests(TOKEN))
    end_calls(host)
    connected.wait_for(lambda: set(states(host)) == {"done"})
    assert_one_refresh(host, before)
    assert refused(host, "/search") > 1, "several look-ups ran into the expired session"
    with host.services.database.reading() as connection:
        by = set(connection.scalars(select(delivery_attempts.c.worker).distinct()))
    assert len(by) == 2, "both workers took part"


def test_r11_a_worker_and_the_web_server_refresh_at_the_same_moment(connected: Workers):
    """On SQLite too, where there is one worker; an admin presses "Test connection" while the calls are looked up."""
    host = connected.host
    with host.services.database.writing() as connection:
        create_user(connection, email=ADMIN, name="Admin", role=Role.ADMIN, password=PASSWORD, now=host.clock())
    connected.start_ready(1)
    web = connected.start_web()
    browser = Browser()
    log_in(browser, web, ADMIN, PASSWORD)
    page = browser.open(web + SETTINGS)
    before = len(host.org.requests(TOKEN))
    with ThreadPoolExecutor(1) as person:
        end_calls(host)
        pressed = person.submit(browser.submit, page, page.form("/plugins/salesforce/test"))
    assert "The connection works. What can be read is listed below." in pressed.result().text
    connected.wait_for(lambda: set(states(host)) == {"done"})
    assert_one_refresh(host, before)
    assert refused(host, "/search"), "the worker ran into the expired session"
    assert refused(host, "/composite"), "the web server did"
