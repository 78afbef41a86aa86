"""B2: what a person chose for a number is kept the same on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from app_fixture import Site

from host.plugin_api import ContactEntry, RecordRef
from plugins.salesforce.connection import ConnectionInfo, LiveConnection
from plugins.salesforce.domain.hit import Hit
from plugins.salesforce.domain.pin import Pin
from plugins.salesforce.pins import KeptPin, drop_pin, keep_pin, kept_pin, pins_of, settled

NUMBER = "+81312345678"
CHOSEN = RecordRef(object="Contact", id="003000000000001AAA")
AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
PIN = Pin(number=NUMBER, record=CHOSEN, held=False, chosen_by="佐藤 美咲", chosen_at=AT)
BEFORE = ContactEntry(
    number=NUMBER,
    company="株式会社青空商事",
    person="山田 太郎",
    source="salesforce",
    record=RecordRef(object="Lead", id="00Q000000000001AAA"),
    record_url="https://example.my.salesforce.com/00Q000000000001AAA",
    updated_at=AT,
)


def connection(site: Site, org: str = "00D000000000001AAA") -> LiveConnection:
    info = ConnectionInfo(
        method="oauth",
        org_id=org,
        user_id="005000000000001AAA",
        username="u@example.com",
        instance_url="https://example.my.salesforce.com",
        login_url="https://login.salesforce.com",
        api_version="51.0",
        connected_at=AT,
        connected_by="a@example.com",
    )
    return LiveConnection(site.services.registry.context("salesforce"), info)


def hit(field: str) -> Hit:
    return Hit(object="Contact", id=CHOSEN.id, company="", person="山田", modified_at=AT, field=field)


def test_b2_a_choice_is_read_as_it_was_kept_and_replaced_by_the_next(site_anywhere: Site) -> None:
    org = connection(site_anywhere)
    for kept in (
        KeptPin(pin=PIN, name="山田", before=BEFORE),
        KeptPin(pin=replace(PIN, held=True), name="鈴木", before=None),
    ):
        keep_pin(org, kept)
        assert kept_pin(org, NUMBER) == kept
    assert pins_of(org, [NUMBER, "+81399999999"]) == {NUMBER: replace(PIN, held=True)}
    assert pins_of(connection(site_anywhere, "00D000000000002AAA"), [NUMBER]) == {}
    assert pins_of(connection(site_anywhere, "00D000000000001"), [NUMBER]) != {}, "an org's Id without its check letters"


def test_b2_a_choice_is_settled_by_what_the_record_holds_now(site_anywhere: Site) -> None:
    org = connection(site_anywhere)
    keep_pin(org, KeptPin(pin=PIN, name="山田", before=None))
    assert settled(org, PIN, [hit("")]) == hit(""), "it never held the number"
    assert settled(org, PIN, [hit("Phone")]) == hit("Phone")
    held = pins_of(org, [NUMBER])[NUMBER]
    assert held.held
    assert settled(org, held, [hit("")]) is None
    assert kept_pin(org, NUMBER) is None


def test_b2_a_new_choice_is_not_dropped_with_the_old_one(site_anywhere: Site) -> None:
    org, newer = connection(site_anywhere), replace(PIN, record=RecordRef(object="Lead", id="00Q000000000002AAA"))
    keep_pin(org, KeptPin(pin=newer, name="鈴木", before=None))
    drop_pin(org, PIN)
    assert pins_of(org, [NUMBER]) == {NUMBER: newer}
