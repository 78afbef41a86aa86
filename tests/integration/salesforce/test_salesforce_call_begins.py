"""B15, R8, R19: who calls is looked up while it rings, once, and the end of the call counts on it; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet

from host.config import Config
from host.plugin_api import Call, Done, Match, NeedsReauthorisation, RecordRef, Result, RetryLater, Skipped
from host.services import build_services
from plugins.salesforce import beginning, call_starts, registration
from plugins.salesforce.call_starts import forget_old, turn_to_ask
from plugins.salesforce.connection import LiveConnection, read_connection
from plugins.salesforce.do_not_sync import Entry, add
from plugins.salesforce.domain.decision import NO_RECORD
from plugins.salesforce.domain.do_not_sync import Excluded
from plugins.salesforce.domain.pin import Pin
from plugins.salesforce.pins import KeptPin, keep_pin
from plugins.salesforce.plugin import plugin
from tests.integration.salesforce.activity_site import ActivitySite
from tests.integration.salesforce.conftest import SITE, Clock, Host, Org

NUMBER = "+81312345678"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def host(org: Org, database_url: str, clock: Clock) -> Iterator[Host]:
    key = Fernet.generate_key().decode()
    services = build_services(
        Config(database_url=database_url, secret_key="s" * 40, encryption_keys=(key,), url=SITE), clock=clock
    )
    yield Host(services, org, clock)
    services.database.engine.dispose()


class Ringing:
    """A connected site, and one call that rings there."""

    def __init__(self, host: Host) -> None:
        self.host, self.site = host, ActivitySite(host)
        host.org.control("reset", {"seed": "empty"})
        host.connect("oauth")
        plugin.on_call_end(host.context, host.ended("+81399999999"))  # reads the org's fields once
        self.spent_before = host.org.used()
        self.id = self.site.call(NUMBER, ended=False, state="ringing", answered_at=None)

    @property
    def context(self) -> Any:
        return self.host.context

    @property
    def spent(self) -> int:
        return self.host.org.used() - self.spent_before

    @property
    def call(self) -> Call:
        call = self.context.calls.get(self.id)
        assert call is not None
        return call

    @property
    def names(self) -> tuple[str, str] | None:
        entry = self.host.entry(NUMBER)
        return (entry.company, entry.person) if entry else None

    @property
    def connection(self) -> LiveConnection:
        info = read_connection(self.context)
        assert info is not None
        return LiveConnection(self.context, info)

    def ring(self) -> None:
        assert plugin.manifest.announce is not None
        plugin.manifest.announce(self.context, self.call)

    def hang_up(self, **changes: Any) -> Result:
        self.site.end(self.id)
        return self.site.tell_end(self.id, **changes)

    def lead(self, **fields: Any) -> str:
        return self.host.org.record("Lead", **{"LastName": "鈴木", "Company": "Beta KK", "Phone": "03-1234-5678", **fields})


@pytest.fixture
def ringing(host: Host) -> Ringing:
    return Ringing(host)


def test_b15_r8_the_name_is_there_while_it_rings_and_the_end_costs_nothing_more(ringing: Ringing) -> None:
    record = ringing.lead()
    ringing.ring()
    assert (ringing.names, ringing.spent) == (("Beta KK", "鈴木"), 1)
    shown = ringing.context.calls.match(ringing.id)
    assert (shown.record.id, shown.api_calls, str(shown.steps[0])) == (record, 1, "Asked when the call began, at 12:00:00.")
    ringing.host.clock.advance(minutes=3)
    result = ringing.hang_up()
    assert isinstance(result, Done)
    assert (result.summary, result.api_calls, result.match) == (registration.REGISTERED_AGAIN, 0, shown)
    assert ringing.spent == 1


def test_r8_b7_a_stranger_costs_two_calls_and_is_found_if_entered_meanwhile(ringing: Ringing) -> None:
    ringing.ring()
    assert (ringing.names, ringing.spent) == (None, 1)
    assert ringing.context.calls.match(ringing.id).rule == beginning.NOT_YET
    record = ringing.lead()
    result = ringing.hang_up()
    assert result.match is not None
    assert (result.match.record, result.api_calls) == (RecordRef(object="Lead", id=record), 1)
    assert (ringing.names, ringing.spent, result.match.api_calls) == (("Beta KK", "鈴木"), 2, 2)
    kinds = [str(step).split(":")[0] for step in result.match.steps]
    assert kinds == ["Asked when the call began, at 12", "Search (SOSL)", "Query (SOQL)"]


def test_r8_a_stranger_who_stays_one_costs_two_calls(ringing: Ringing) -> None:
    ringing.ring()
    result = ringing.hang_up()
    assert (isinstance(result, Done) and result.summary, ringing.spent) == (registration.NOT_FOUND, 2)
    assert result.match is not None
    assert result.match.rule == NO_RECORD
    assert ringing.site.tell_end(ringing.id).api_calls == 1, "a repeated delivery asks what was still open"


@on_sqlite
def test_r19_the_end_overwrites_what_was_written_during_the_call(ringing: Ringing) -> None:
    ringing.lead()
    ringing.ring()
    entry = ringing.host.entry(NUMBER)
    ringing.context.contact_book.register(
        type(entry)(number=NUMBER, company="typed", person="", source="", updated_at=entry.updated_at)
    )
    assert ringing.names == ("typed", "")
    ringing.hang_up()
    assert ringing.names == ("Beta KK", "鈴木")


def test_r8_r19_after_ten_minutes_it_is_asked_anew_within_three_calls(ringing: Ringing) -> None:
    ringing.lead()
    ringing.ring()
    ringing.host.clock.advance(minutes=11)
    account = ringing.host.org.record("Account", Name="Acme KK", Phone="03-1234-5678")
    result = ringing.hang_up()
    assert result.match is not None
    assert (result.match.record.id, ringing.names, ringing.spent) == (account, ("Acme KK", ""), 2)
    assert result.match.api_calls == 2


@on_sqlite
def test_r23_fetched_again_by_hand_it_is_really_asked(ringing: Ringing) -> None:
    ringing.lead()
    ringing.ring()
    ringing.hang_up()
    ringing.lead(Company="Later KK")
    assert ringing.site.tell_end(ringing.id, refetch=True).api_calls == 1
    assert (ringing.names, ringing.spent) == (("Later KK", "鈴木"), 2)


@pytest.mark.parametrize("fetch", ["none", "bulk"])
@on_sqlite
def test_r20_r21_without_fetching_after_each_call_nobody_is_asked(ringing: Ringing, fetch: str) -> None:
    ringing.host.connect("password")
    before = ringing.host.org.used()
    ringing.context.settings.write({"fetch": fetch})
    ringing.lead()
    ringing.ring()
    assert (ringing.names, ringing.host.org.used()) == (None, before)


@on_sqlite
def test_b11_a_number_on_the_list_is_not_asked_for(ringing: Ringing) -> None:
    now = ringing.host.clock()
    add(ringing.context, [Entry(kind=Excluded.NUMBER, value=NUMBER, note="", added_by="a", added_at=now)])
    ringing.lead()
    ringing.ring()
    assert (ringing.names, ringing.spent) == (None, 0)


def test_r8_however_many_are_told_of_a_call_one_asks_and_its_end_waits_for_the_answer(ringing: Ringing) -> None:
    ringing.lead()
    ringing.host.org.control("faults", [{"kind": "delay", "seconds": 0.5, "times": 1, "match": {"path": "/search"}}])
    with ThreadPoolExecutor(3) as threads:
        told = [threads.submit(ringing.ring) for _ in range(2)]
        while not ringing.host.org.requests("/search"):
            pass
        ended = threads.submit(ringing.hang_up).result(20)
        assert [one.result(20) for one in told] == [None, None]
    assert (ended.api_calls, ringing.names, ringing.spent) == (0, ("Beta KK", "鈴木"), 1)


def test_r19_who_was_killed_while_asking_holds_the_call_up_for_half_a_minute(
    ringing: Ringing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_starts, "PATIENCE_SECONDS", 0.1)
    ringing.lead()
    with turn_to_ask(ringing.connection, ringing.id) as turn:
        assert turn is not None
        with pytest.raises(RetryLater, match="answer has not come yet"):
            ringing.hang_up()
        ringing.host.clock.advance(seconds=31)
        assert ringing.site.tell_end(ringing.id).api_calls == 1
        with turn_to_ask(ringing.connection, ringing.id) as second:
            assert second is not None, "its turn is over"
    assert ringing.names == ("Beta KK", "鈴木")


def test_r19_an_answer_that_took_too_long_does_not_write_over_what_the_end_found(
    ringing: Ringing, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ringing.lead()
    find_early = beginning.find_early

    def slow(*question: Any) -> Any:
        found = find_early(*question)
        ringing.site.delete(before, "Lead")
        ringing.lead(Company="Gamma KK", LastName="田中")
        ringing.host.clock.advance(seconds=31)
        ringing.hang_up()
        return found

    monkeypatch.setattr(beginning, "find_early", slow)
    ringing.ring()
    assert ringing.names == ("Gamma KK", "田中")
    assert ringing.context.calls.match(ringing.id) is None, "the host keeps what the end's delivery gives back"


def test_r19_what_failed_when_the_call_began_is_made_up_for_at_its_end(ringing: Ringing) -> None:
    ringing.lead()
    ringing.host.org.control("faults", [{"kind": "unavailable", "times": 1, "match": {"path": "/search"}}])
    with pytest.raises(RetryLater):
        ringing.ring()
    assert ringing.names is None
    assert ringing.hang_up().api_calls == 1
    assert ringing.names == ("Beta KK", "鈴木")


@on_sqlite
def test_r32_a_lost_connection_is_noticed_while_it_rings(ringing: Ringing) -> None:
    ringing.host.org.control("revoke", {})
    with pytest.raises(NeedsReauthorisation):
        ringing.ring()
    info = read_connection(ringing.context)
    assert info is not None
    assert info.lost
    with pytest.raises(NeedsReauthorisation):
        ringing.hang_up()


def test_b2_a_record_chosen_during_the_call_wins(ringing: Ringing) -> None:
    ringing.lead()
    ringing.ring()
    chosen = ringing.host.org.record("Account", Name="Acme KK", Phone="03-9999-0000")
    record = RecordRef(object="Account", id=chosen)
    pin = Pin(number=NUMBER, record=record, held=False, chosen_by="a", chosen_at=ringing.host.clock())
    keep_pin(ringing.connection, KeptPin(pin=pin, name="Acme KK", before=None))
    result = ringing.hang_up()
    assert result.match is not None
    assert (result.match.record, ringing.spent) == (record, 2)


@on_sqlite
def test_b2_r8_a_record_chosen_before_costs_one_call_in_all(ringing: Ringing) -> None:
    ringing.lead()
    record = RecordRef(object="Account", id=ringing.host.org.record("Account", Name="Acme KK", Phone="03-1234-5678"))
    chosen_at = ringing.host.clock() - timedelta(days=1)
    pin = Pin(number=NUMBER, record=record, held=False, chosen_by="a", chosen_at=chosen_at)
    keep_pin(ringing.connection, KeptPin(pin=pin, name="Acme KK", before=None))
    ringing.ring()
    assert (ringing.names, ringing.spent) == (("Acme KK", ""), 1)
    result = ringing.hang_up()
    assert (result.match and result.match.record, ringing.spent) == (record, 1)


@on_sqlite
def test_r8_a_field_that_is_hidden_during_the_call_is_left_out_at_its_end(ringing: Ringing) -> None:
    ringing.ring()
    ringing.host.org.user(fields={"Lead.MobilePhone": {"read": False, "edit": False}})
    with pytest.raises(RetryLater, match="are being changed"):
        ringing.hang_up()
    record = ringing.lead()
    result = ringing.site.tell_end(ringing.id)
    assert result.match is not None
    assert (result.match.record, ringing.spent) == (RecordRef(object="Lead", id=record), 3)


@on_sqlite
def test_another_org_connected_meanwhile_is_asked_itself(ringing: Ringing) -> None:
    ringing.lead()
    ringing.ring()
    info = read_connection(ringing.context)
    assert info is not None
    ringing.context.settings.write({"connection": {**info.to_json(), "org_id": "00D000000000099AAA"}})
    assert ringing.hang_up().api_calls == 1


@on_sqlite
def test_b1_what_another_look_up_has_replaced_since_does_not_count(ringing: Ringing) -> None:
    ringing.lead()
    ringing.ring()
    other = RecordRef(object="Contact", id="003000000000001AAA")
    ringing.context.calls.keep_match(ringing.id, Match(record=other, company="Other"))
    assert ringing.hang_up().api_calls == 1
    assert ringing.names == ("Beta KK", "鈴木")


@on_sqlite
def test_r22_a_clicked_record_that_wins_is_left_to_the_click(ringing: Ringing) -> None:
    ringing.id = ringing.site.call(
        ended=False, direction="outbound", clicked_object="Lead", clicked_record_id=ringing.lead(), state="dialling"
    )
    ringing.ring()
    assert (ringing.names, ringing.spent) == (None, 0)
    ringing.site.tell_click(ringing.id)
    assert (ringing.names, ringing.spent) == (("Beta KK", "鈴木"), 1)


@on_sqlite
def test_a_call_without_a_number_asks_nobody(ringing: Ringing) -> None:
    ringing.id = ringing.site.call(None, ended=False)
    ringing.ring()
    assert ringing.hang_up() == Skipped(reason=registration.NO_NUMBER)
    assert ringing.spent == 0


def test_what_began_more_than_a_day_ago_is_forgotten(ringing: Ringing) -> None:
    ringing.ring()
    forget_old(ringing.context)
    assert call_starts.early_answer(ringing.connection, ringing.id) is not None
    ringing.host.clock.advance(days=1, minutes=1)
    forget_old(ringing.context)
    assert call_starts.early_answer(ringing.connection, ringing.id) is None
