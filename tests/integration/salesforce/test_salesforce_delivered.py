"""R6, R19, R22, R23, R32: through the host's own delivery, from a call's rows to what its page shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert

from host.delivery import DeliveryView, deliveries_of, match_of
from host.delivery.deliverer import Deliverer
from host.delivery.membership import Membership
from host.domain.ids import new_call_id
from host.plugin_api import RecordRef
from host.registry.missed_names import register_missed
from host.storage.tables import calls
from plugins.salesforce import registration
from plugins.salesforce.connecting import run_test
from plugins.salesforce.domain import decision
from tests.integration.salesforce.conftest import ADMIN, Host

NUMBER = "+819012345678"


class Delivery:
    """Calls of the host, and one worker that delivers them."""

    def __init__(self, host: Host) -> None:
        self.host = host
        member = Membership(host.services.database, "one", 3600)
        member.join()
        self._deliverer = Deliverer(host.services, member)

    def call(self, **changes: Any) -> str:
        now = self.host.clock()
        call_id = new_call_id(now)
        row = {
            "id": call_id,
            "source": "test",
            "source_call_id": call_id,
            "direction": "inbound",
            "number": NUMBER,
            "agents": [],
            "transfers": [],
            "started_at": now,
            "ended_at": now,
            "state": "ended",
            "outcome": "answered",
            "created_at": now,
            "updated_at": now,
        }
        with self.host.services.database.writing() as connection:
            connection.execute(insert(calls).values(**row | changes))
        return call_id

    def ended(self, call_id: str, **detail: Any) -> DeliveryView:
        return self.publish(call_id, "on_call_end", {"refetch": False, **detail})

    def publish(self, call_id: str, hook: str, detail: dict[str, Any]) -> DeliveryView:
        with self.host.services.database.writing() as connection:
            self.host.services.publisher.publish(connection, call_id, hook, detail)
        return self.go_on(call_id)

    def go_on(self, call_id: str) -> DeliveryView:
        """Let the worker do what is due; gives back the plugin's newest delivery."""
        self._deliverer.deliver("salesforce", call_id)
        return self.all(call_id)[-1]

    def all(self, call_id: str) -> list[DeliveryView]:
        """The plugin's deliveries of a call, oldest first."""
        with self.host.services.database.reading() as connection:
            return [view for view in deliveries_of(connection, call_id) if view.plugin == "salesforce"]

    def match(self, call_id: str) -> Any:
        with self.host.services.database.reading() as connection:
            return match_of(connection, call_id)[0].match


@pytest.fixture
def delivery(host: Host) -> Delivery:
    host.connect("oauth")
    return Delivery(host)


def test_r6_r19_the_names_and_the_reason_are_there(delivery: Delivery):
    call_id = delivery.call()
    done = delivery.ended(call_id)
    assert (done.state, done.api_calls) == ("done", 1)
    assert delivery.host.entry(NUMBER).company == "株式会社青空商事"
    assert delivery.host.entry(NUMBER).person == "山田 太郎"
    match = delivery.match(call_id)
    assert (match.record.object, match.rule) == ("Contact", decision.BY_DATE)
    assert len(match.candidates) > 1


def test_r22_the_clicked_record(delivery: Delivery):
    lead = delivery.host.org.record("Lead", LastName="Clicked", Company="Click KK", Phone="090-1234-5678")
    call_id = delivery.call(direction="outbound", clicked_object="Lead", clicked_record_id=lead)
    clicked = delivery.publish(call_id, "on_click_to_call", {"number": NUMBER, "extension": "101"})
    assert clicked.state == "done"
    assert delivery.host.entry(NUMBER).company == "Click KK"
    assert delivery.ended(call_id).state == "done"
    assert delivery.match(call_id).record == RecordRef(object="Lead", id=lead)


def test_r21_r23_fetched_by_hand(delivery: Delivery):
    delivery.host.context.settings.write({"fetch": "none"})
    call_id = delivery.call()
    assert delivery.ended(call_id).state == "skipped"
    assert delivery.host.entry(NUMBER) is None
    assert delivery.ended(call_id, refetch=True).state == "done"
    assert delivery.host.entry(NUMBER) is not None


def test_r32_nothing_is_lost_while_the_connection_is_dead(delivery: Delivery):
    delivery.host.org.control("revoke", {})
    waiting = [delivery.call(), delivery.call(number="+819087654325")]
    for call_id in waiting:
        parked = delivery.ended(call_id)
        assert (parked.state, parked.parked_for) == ("parked", "reauthorise")
    assert delivery.host.connect("oauth").released == 2
    assert [delivery.go_on(call_id).state for call_id in waiting] == ["done", "done"]
    assert delivery.host.entry("+819087654325").company == "みどり電機株式会社"


def test_r32_what_waited_for_one_org_is_not_sent_to_another(delivery: Delivery):
    host = delivery.host
    host.org.control("revoke", {})
    call_id = delivery.call()
    delivery.ended(call_id)
    host.context.settings.write({"connection": None, "last_org_id": "00D000000000099AAA"})
    connected = host.connect("oauth")
    assert (connected.released, connected.aside) == (0, 1)
    assert delivery.go_on(call_id).state == "parked"


def test_a_missing_right_parks_until_the_test_finds_it_given(delivery: Delivery):
    host = delivery.host
    host.org.user(api_enabled=False)
    call_id = delivery.call()
    parked = delivery.ended(call_id)
    assert (parked.state, parked.parked_for) == ("parked", "configure")
    host.org.user(api_enabled=True)
    run_test(host.context, ADMIN)
    assert delivery.go_on(call_id).state == "done"


def test_trouble_is_tried_again_and_told(delivery: Delivery):
    delivery.host.org.control("faults", [{"kind": "drop-before", "match": {"path": "/search"}}])
    call_id = delivery.call()
    retrying = delivery.ended(call_id)
    assert retrying.state == "retrying"
    assert "cannot be reached" in retrying.message
    delivery.host.clock.advance(hours=2)
    assert delivery.go_on(call_id).state == "done"


def test_r6_names_found_while_the_contact_book_was_off_are_in_it_when_it_is_on_again(delivery: Delivery):
    host = delivery.host
    registry = host.services.registry
    registry.set_enabled("contacts", enabled=False, by="test")
    host.clock.advance(minutes=1)
    call_id = delivery.call()
    assert delivery.ended(call_id).message == registration.NO_BOOK
    host.clock.advance(minutes=1)
    registry.set_enabled("contacts", enabled=True, by="test")
    entry = host.entry(NUMBER)
    assert (entry.company, entry.person, entry.source) == ("株式会社青空商事", "山田 太郎", "salesforce")
    assert (entry.record, entry.record_url) == (delivery.match(call_id).record, delivery.match(call_id).url)


def test_r6_a_newer_entry_is_not_overwritten_by_what_was_found_while_the_book_was_off(delivery: Delivery):
    host, book = delivery.host, delivery.host.services.registry.contact_book()
    since = host.clock()
    delivery.ended(delivery.call())
    host.clock.advance(minutes=1)
    book.register(replace(host.entry(NUMBER), person="Newer", updated_at=host.clock()))
    assert register_missed(host.services.database, book, since) == 0
    assert host.entry(NUMBER).person == "Newer"
