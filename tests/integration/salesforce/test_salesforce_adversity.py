"""R5, R6, R8, R32: what goes wrong at once in several workers, mass-loaded records, and names nobody expects."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from host.plugin_api import Done, NeedsReauthorisation
from plugins.salesforce.connection import LiveConnection, read_connection
from plugins.salesforce.domain import decision
from plugins.salesforce.registration import register_call
from tests.integration.salesforce.conftest import Host

NUMBER = "+81312345678"
MODES = ("digits", "tokens")


@pytest.fixture
def connected(host: Host) -> Host:
    host.org.control("reset", {"seed": "empty"})
    host.connect("password")
    return host


def end(host: Host) -> object:
    return register_call(host.context, host.ended(NUMBER))


def test_an_org_that_was_moved_is_followed_by_the_worker_that_came_second(host: Host) -> None:
    """Else it would ask the old server with the new token, be refused, and take the connection for lost."""
    host.connect("oauth")
    here = read_connection(host.context)
    assert here is not None
    moved = replace(here, instance_url="https://localhost:1")
    host.context.settings.write({"connection": moved.to_json()})
    first, second = LiveConnection(host.context, moved), LiveConnection(host.context, moved)
    refused = first.access_token()
    token = first.renewed(refused)
    assert second.renewed(refused) == token
    assert second.info.instance_url == here.instance_url


def test_r32_workers_that_waited_for_a_refused_renewal_do_not_try_it_again(connected: Host) -> None:
    """Each further attempt with a wrong password counts towards locking the user out."""
    connected.org.user(password="Another-2026!")
    connected.org.control("clock", {"advance_seconds": 7300})
    before = len(connected.org.requests("/services/Soap/"))
    info = read_connection(connected.context)
    assert info is not None
    connections = [LiveConnection(connected.context, info) for _ in range(4)]
    refused = connections[0].access_token()

    def renew(connection: LiveConnection) -> bool:
        with pytest.raises(NeedsReauthorisation, match="does not accept the username"):
            connection.renewed(refused)
        return True

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(renew, connections))
    assert len(connected.org.requests("/services/Soap/")) - before == 1


@pytest.mark.parametrize("mode", MODES)
def test_r5_r8_hundreds_of_records_loaded_at_the_same_moment(connected: Host, mode: str) -> None:
    connected.org.settings(search_mode=mode)
    fields = {"Company": "KK", "Phone": "03-1234-5678", "LastModifiedDate": "2026-01-15T12:34:56.000+0000"}
    leads = [{"object": "Lead", "fields": {**fields, "LastName": f"L{n}"}} for n in range(260)]
    ids = connected.org.control("records", {"records": leads})["ids"]
    result = end(connected)
    assert isinstance(result, Done)
    assert result.match is not None
    assert result.match.record is not None
    assert (result.match.record.id, result.api_calls) == (max(ids), 2)
    assert result.match.rule == decision.BY_ID


NAMES = (
    '株式会社"青空\\" & <b>商事</b>',
    "O'Reilly; DROP TABLE contacts--",
    "👨‍👩‍👧 家族商店 🏮",
    "%(name)s {0} {{ 7*7 }} %s",
    "ﾊﾝｶｸ ｶﾅ",
    "長" * 255,
)


@pytest.mark.parametrize("name", NAMES)
def test_r6_names_stay_as_salesforce_gives_them(connected: Host, name: str) -> None:
    connected.org.record("Account", Name=name, Phone="03-1234-5678")
    assert isinstance(end(connected), Done)
    entry = connected.entry(NUMBER)
    assert (entry.company, entry.person) == (name, "")


def test_a_contact_without_an_account_has_an_empty_company(connected: Host) -> None:
    connected.org.record("Contact", LastName="Solo", Phone="03-1234-5678")
    assert isinstance(end(connected), Done)
    assert (connected.entry(NUMBER).company, connected.entry(NUMBER).person) == ("", "Solo")
