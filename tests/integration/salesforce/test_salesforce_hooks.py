"""R2, R6, R19, R21, R22, R23, R32: the hooks, from the fact to the contact book."""

from __future__ import annotations

from typing import Any

import pytest

from host.plugin_api import (
    CallOutcome,
    Direction,
    Done,
    NeedsConfiguration,
    NeedsReauthorisation,
    RecordRef,
    RetryLater,
    Skipped,
)
from plugins.salesforce import connecting, registration
from plugins.salesforce.connection import read_connection
from plugins.salesforce.plugin import plugin
from tests.integration.salesforce.conftest import ADMIN, Host

NUMBER = "+81312345678"


@pytest.fixture
def connected(host: Host) -> Host:
    host.org.control("reset", {"seed": "empty"})
    host.connect("password")
    return host


@pytest.fixture
def connected_by_oauth(host: Host) -> Host:
    host.org.control("reset", {"seed": "empty"})
    host.connect("oauth")
    return host


def lead(host: Host, **fields: Any) -> str:
    return host.org.record("Lead", **{"LastName": "鈴木", "Company": "Beta KK", "Phone": "03-1234-5678", **fields})


def end(host: Host, number: str | None = NUMBER, **changes: Any) -> Any:
    return plugin.on_call_end(host.context, host.ended(number, **changes))


@pytest.mark.parametrize("direction", [Direction.INBOUND, Direction.OUTBOUND])
@pytest.mark.parametrize("outcome", [CallOutcome.ANSWERED, CallOutcome.NO_ANSWER])
def test_r2_r6_r19_every_ended_call_registers_the_names(connected: Host, direction: Direction, outcome: CallOutcome):
    record = lead(connected)
    result = end(connected, direction=direction, outcome=outcome)
    assert isinstance(result, Done)
    assert (result.summary, result.api_calls) == (registration.REGISTERED, 1)
    assert result.match.record == RecordRef(object="Lead", id=record)
    entry = connected.entry(NUMBER)
    assert (entry.company, entry.person, entry.source) == ("Beta KK", result.match.person, "salesforce")
    assert entry.record == RecordRef(object="Lead", id=record)
    assert entry.record_url == f"{connected.org.running.https_url}/{record}"


def test_r19_a_later_look_up_overwrites(connected: Host):
    lead(connected)
    end(connected)
    connected.org.record("Account", Name="Acme KK", Phone="03-1234-5678")
    end(connected)
    entry = connected.entry(NUMBER)
    assert (entry.company, entry.person) == ("Acme KK", "")


def test_nothing_found_leaves_the_entry_as_it_is(connected: Host):
    lead(connected)
    end(connected)
    connected.org.control("reset", {"seed": "empty"})
    connected.connect("password")
    result = end(connected)
    assert (result.summary, result.api_calls) == (registration.NOT_FOUND, 2)
    assert result.match.record is None
    assert connected.entry(NUMBER).company == "Beta KK"


def test_the_same_fact_twice_changes_nothing(connected: Host):
    lead(connected)
    event = connected.ended(NUMBER)
    first, second = (plugin.on_call_end(connected.context, event) for _ in range(2))
    assert first.match == second.match
    assert len(connected.context.contact_book.entries([NUMBER])) == 1


def test_a_call_without_a_number_asks_nobody(connected: Host):
    before = len(connected.org.requests("/"))
    assert end(connected, None) == Skipped(reason=registration.NO_NUMBER)
    assert len(connected.org.requests("/")) == before


def test_never_connected_is_skipped(host: Host):
    assert end(host) == Skipped(reason=registration.NOT_CONNECTED)


def test_r21_no_fetch_registers_nothing_but_r23_by_hand_does(connected: Host):
    lead(connected)
    connected.context.settings.write({"fetch": "none"})
    assert end(connected) == Skipped(reason=registration.SWITCHED_OFF)
    assert connected.entry(NUMBER) is None
    assert isinstance(end(connected, refetch=True), Done)
    assert connected.entry(NUMBER).company == "Beta KK"


def test_without_a_contact_book_it_says_so(connected: Host):
    lead(connected)
    connected.services.registry.set_enabled("contacts", enabled=False, by="test")
    result = end(connected)
    assert result.summary == registration.NO_BOOK
    assert result.match.record is not None


def test_r22_the_click_registers_the_clicked_record_early(connected_by_oauth: Host):
    host = connected_by_oauth
    host.org.record("Contact", LastName="Sato", Phone="03-1234-5678")
    record = RecordRef(object="Lead", id=lead(host))
    early = plugin.on_click_to_call(host.context, host.clicked(NUMBER, record))
    assert (early.summary, early.api_calls, early.match.record) == (registration.REGISTERED, 1, record)
    assert host.entry(NUMBER).company == "Beta KK"
    late = end(host, clicked_record=record)
    assert (late.api_calls, late.match.record) == (1, record)


def test_r8_r22_a_click_that_does_not_count_stays_within_three_calls(connected_by_oauth: Host):
    host = connected_by_oauth
    contact = host.org.record("Contact", LastName="Sato", Phone="03 12345678")
    record = RecordRef(object="Lead", id=lead(host, Phone="03-9999-9999"))
    early = plugin.on_click_to_call(host.context, host.clicked(NUMBER, record))
    assert early == Skipped(reason=registration.NOT_FITTING, api_calls=1)
    late = end(host, clicked_record=record)
    assert late.match.record.id == contact
    assert early.api_calls + late.api_calls <= 3


def test_r22_where_the_method_does_not_declare_it_priority_decides(connected: Host):
    contact = connected.org.record("Contact", LastName="Sato", Phone="03-1234-5678")
    record = RecordRef(object="Lead", id=lead(connected))
    early = plugin.on_click_to_call(connected.context, connected.clicked(NUMBER, record))
    assert early == Skipped(reason=registration.NOT_DECLARED)
    assert end(connected, clicked_record=record).match.record.id == contact


def test_r22_no_record_was_clicked(connected_by_oauth: Host):
    result = plugin.on_click_to_call(connected_by_oauth.context, connected_by_oauth.clicked(NUMBER, None))
    assert result == Skipped(reason=registration.NOTHING_CLICKED)


def test_r32_a_revoked_connection_is_noticed_at_the_first_call_and_nothing_asks_again(connected_by_oauth: Host):
    host = connected_by_oauth
    lead(host)
    host.org.control("revoke", {})
    with pytest.raises(NeedsReauthorisation, match="connect again"):
        end(host)
    info = read_connection(host.context)
    assert info.lost
    assert info.lost_at == host.clock()
    before = len(host.org.requests("/"))
    with pytest.raises(NeedsReauthorisation):
        end(host)
    assert len(host.org.requests("/")) == before
    assert not host.connect("oauth").info.lost
    assert isinstance(end(host), Done)


def test_r32_a_changed_password_is_noticed_and_tried_once_only(connected: Host):
    connected.org.user(password="Another-2026!")
    connected.org.control("clock", {"advance_seconds": 7300})
    for _ in range(3):
        with pytest.raises(NeedsReauthorisation, match="does not accept the username"):
            end(connected)
    assert len(connected.org.requests("/services/Soap/")) == 2, "the connect, and one refused renewal: no lock-out"


def test_the_cost_is_told_even_when_it_fails(connected: Host):
    connected.org.control("faults", [{"kind": "reply", "status": 503, "body": "busy", "match": {"path": "/composite"}}])
    with pytest.raises(RetryLater) as caught:
        end(connected)
    assert caught.value.api_calls == 2


def test_a_right_that_is_missing_parks_until_it_is_given(connected: Host):
    connected.org.user(api_enabled=False)
    with pytest.raises(NeedsConfiguration, match="API Enabled"):
        end(connected)
    connected.org.user(api_enabled=True)
    connecting.run_test(connected.context, ADMIN)
    assert isinstance(end(connected), Done)
