"""Inbound events: signed, idempotent, one transaction each, never a 500."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from app_fixture import SOURCE, Site, ended_call, event_body, signed
from sqlalchemy import func, select, update

from host.security.event_sources import retire_previous, rotate_source
from host.storage.tables import calls, event_sources, facts, received_events
from host.telephony import kept

VECTOR_SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
VECTOR_ID = "evt_975bafeee7077a136be1eb4dcf242a59"
VECTOR_TIME = 1795336962
VECTOR_BODY = b'{"type":"call.ended","timestamp":"2026-11-22T08:42:42.677Z","data":{"call":{"id":"testpbx-1795336959.0"}}}'
VECTOR_SIGNATURE = "v1,xL6oGuzqRWtsXbYzNcFg+CSNLgKUvuzgNHH5TSsAE5U="


def count(site: Site, table: Any) -> int:
    with site.services.database.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def only_call(site: Site) -> dict[str, Any]:
    (call_id,) = site.call_ids()
    return site.api("GET", f"/calls/{call_id}").json


def test_the_test_vector_of_the_contract_is_accepted(site: Site) -> None:
    assert site.send(VECTOR_BODY, {}).status_code == 401
    with site.services.database.writing() as connection:
        sealed = site.services.sealer.seal(VECTOR_SECRET)
        connection.execute(update(event_sources).values(sealed_secret=sealed))
    headers = {
        "webhook-id": VECTOR_ID,
        "webhook-timestamp": str(VECTOR_TIME),
        "webhook-signature": VECTOR_SIGNATURE,
    }
    with time_machine.travel(datetime.fromtimestamp(VECTOR_TIME + 60, UTC), tick=False):
        assert site.send(VECTOR_BODY, headers).status_code == 200
        assert site.send(VECTOR_BODY.replace(b"ended", b"ring"), headers).status_code == 401
    assert count(site, calls) == 1


def test_the_end_alone_makes_a_complete_call(site_anywhere: Site) -> None:
    assert site_anywhere.send_event().status_code == 200
    call = only_call(site_anywhere)
    assert call["state"] == "ended"
    assert call["number"] == "+819012345678"
    assert call["external_name"] == "山田 太郎"
    assert call["user_id"] == site_anywhere.agent_id
    assert call["agents"][0]["user_id"] == site_anywhere.agent_id
    assert call["talk_seconds"] == 2.0
    assert [delivery["hook"] for delivery in call["deliveries"]] == ["on_call_end"] * len(call["deliveries"])


def test_the_same_webhook_id_has_an_effect_once(site_anywhere: Site) -> None:
    for body in (event_body(), event_body(external={"number": "+81312340000"})):
        answer = site_anywhere.send(body, signed(site_anywhere.secret, body, webhook_id="evt_once"))
        assert answer.status_code == 200
    assert answer.json == {"result": "repeated"}
    assert only_call(site_anywhere)["number"] == "+819012345678"
    assert count(site_anywhere, facts) == 1


def test_the_plugins_hear_once_of_an_end_whatever_comes_in_which_order(site_anywhere: Site) -> None:
    for kind in ("call.ended", "call.ringing", "call.answered", "call.ended", "call.updated", "call.transferred"):
        assert site_anywhere.send_event(kind).status_code == 200
    assert only_call(site_anywhere)["state"] == "ended"
    assert count(site_anywhere, calls) == 1
    assert count(site_anywhere, facts) == 1


def test_a_call_that_has_not_ended_is_no_fact_yet(site: Site) -> None:
    site.send_event("call.ringing", ended_at=None, answered_at=None, outcome=None)
    assert only_call(site)["state"] == "ringing"
    assert count(site, facts) == 0


@pytest.mark.parametrize("form", ["host-{}", "{}", "HOST-{}"])
def test_our_id_joins_the_events_to_the_clicked_call(site_anywhere: Site, form: str) -> None:
    made = site_anywhere.api("POST", "/calls", json={"agent": "101", "number": "03-1234-5678"})
    reference = form.format(made.json["id"])
    if form.startswith("HOST"):
        reference = reference.removeprefix("HOST-").upper()
    outside = {"number": None, "raw": "0312345678"}
    site_anywhere.send_event("call.ringing", client_ref=reference, direction="outbound", external=outside, ended_at=None)
    site_anywhere.send_event("call.ended", direction="outbound", external=outside)  # this one without our id
    call = only_call(site_anywhere)
    assert call["id"] == made.json["id"]
    assert (call["state"], call["source"], call["number"]) == ("ended", SOURCE, "+81312345678")


def test_a_source_cannot_take_over_the_call_of_another(site: Site) -> None:
    site.send_event()
    with site.services.database.writing() as connection:
        connection.execute(update(calls).values(source="another"))
    (first,) = site.call_ids()
    site.send_event(id="other", client_ref=f"host-{first}")
    assert len(site.call_ids()) == 2


def test_a_missed_call_belongs_to_who_was_rung_first(site: Site) -> None:
    site.send_event(outcome="no_answer", answered_at=None, agents=[{"extension": "101"}, {"extension": "102"}])
    assert only_call(site)["user_id"] == site.agent_id


@pytest.mark.parametrize(
    "changes",
    [
        {"external": {"number": None, "raw": "anonymous", "withheld": True}},
        {"external": {"number": "+819012345678", "raw": "x", "withheld": True}},
        {"external": {"raw": "102"}},
        {"external": {"raw": "110"}},
        {"external": {"raw": ""}},
        {"external": {"raw": "0" * 30}},
        {"external": {"raw": "9" * 200}},
        {"direction": "internal", "external": {"raw": "0312340000", "number": "+81312340000"}},
    ],
)
def test_withheld_internal_short_and_absurd_numbers_are_kept_and_never_looked_up(
    site: Site, changes: dict[str, Any]
) -> None:
    assert site.send_event(**changes).status_code == 200
    assert only_call(site)["number"] is None
    assert only_call(site)["raw_number"] == changes["external"]["raw"]


def test_the_extension_of_a_user_is_never_looked_up_however_long(site: Site) -> None:
    from host.storage.tables import users

    with site.services.database.writing() as connection:
        connection.execute(update(users).where(users.c.id == site.agent_id).values(extension="0312345678"))
    site.send_event(external={"raw": "0312345678"})
    assert only_call(site)["number"] is None


@pytest.mark.parametrize(
    ("seconds", "status"), [(0, 200), (-290, 200), (290, 200), (-310, 401), (310, 401), (-(10**9), 401), (10**11, 401)]
)
def test_stale_and_future_events_are_refused(site: Site, seconds: int, status: int) -> None:
    body = event_body()
    moment = int(datetime.now(UTC).timestamp()) + seconds
    headers = signed(site.secret, body) | {"webhook-timestamp": str(moment)}
    if status == 200:
        headers = signed(site.secret, body, at=datetime.now(UTC) + timedelta(seconds=seconds))
    assert site.send(body, headers).status_code == status
    assert count(site, received_events) == (status == 200)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"webhook-signature": "v1,AAAA"}, 401),
        ({"webhook-signature": "v1"}, 401),
        ({"webhook-signature": "v1,ü"}, 401),
        ({"webhook-signature": ""}, 401),
        ({"webhook-signature": "v1," + "A" * 43 + "="}, 401),
        ({"webhook-id": "evt.with.dot"}, 400),
        ({"webhook-id": ""}, 401),
        ({"webhook-id": "x" * 256}, 400),
        ({"webhook-timestamp": "soon"}, 400),
        ({"webhook-timestamp": "9" * 13}, 400),
        ({"webhook-timestamp": "1e9"}, 400),
        ({"webhook-timestamp": ""}, 401),
    ],
)
def test_what_is_not_signed_is_refused_with_a_sentence(shared_site: Site, changes: dict[str, str], status: int) -> None:
    body = event_body()
    answer = shared_site.send(body, signed(shared_site.secret, body) | changes)
    assert answer.status_code == status
    assert answer.json["message"].endswith((".", ">."))
    assert count(shared_site, calls) == 0


def test_any_of_the_listed_signatures_is_enough_and_others_do_no_harm(site: Site) -> None:
    body = event_body()
    headers = signed(site.secret, body)
    wrong = "v1," + "A" * 43 + "="
    headers["webhook-signature"] = f"v2,x nonsense v1 {wrong} {headers['webhook-signature']}"
    assert site.send(body, headers).status_code == 200


def test_a_body_that_was_changed_on_its_way_is_refused(site: Site) -> None:
    body = event_body()
    assert site.send(body + b" ", signed(site.secret, body)).status_code == 401


def test_while_a_secret_is_changed_both_are_valid(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    old = site.secret
    with site.services.database.writing() as connection:
        new = rotate_source(connection, site.services.sealer, SOURCE)
    for secret in (old, new):
        body = event_body()
        assert site.send(body, signed(secret, body)).status_code == 200
    with site.services.database.writing() as connection:
        retire_previous(connection, SOURCE)
    monkeypatch.setattr(kept, "KEPT_SECONDS", 0)  # as if a second had passed
    body = event_body()
    assert site.send(body, signed(old, body)).status_code == 401
    assert site.send(body, signed(new, body)).status_code == 200


def test_an_event_that_speaks_for_another_source_is_refused(site: Site) -> None:
    body = event_body().replace(SOURCE.encode(), b"asterisk:other")
    assert site.send(body, signed(site.secret, body)).status_code == 401


@pytest.mark.parametrize("kind", ["source.connected", "source.gap", "call.exploded", ""])
def test_unknown_types_are_accepted_without_effect(shared_site: Site, kind: str) -> None:
    body = json.dumps({"type": kind, "data": {"from": 1}}).encode()
    answer = shared_site.send(body, signed(shared_site.secret, body))
    assert (answer.status_code, answer.json) == (202, {"result": "ignored"})
    assert count(shared_site, received_events) == 0


def test_unknown_fields_are_ignored(site: Site) -> None:
    assert site.send_event(sip_headers={"x": [1, {"\0": None}]}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b"\xff\xfe", 400),
        (b"[" * 30_000, 400),
        (b'{"type":"call.ended","timestamp":' + b"9" * 5000 + b"}", 400),
        (b'{"type":"call.ended"}', 422),
        (b'{"type":1}', 422),
        (b'{"type":["call.ended"]}', 422),
        (b'{"type":"call.ended","timestamp":"2026-11-22T00:00:00Z","data":[]}', 422),
        (b'{"type":"call.ended","timestamp":"2026-11-22T00:00:00Z","data":{"call":{"id":""}}}', 422),
        (b"x" * (64 * 1024 + 1), 413),
    ],
)
def test_bodies_that_cannot_be_read_are_refused(shared_site: Site, body: bytes, status: int) -> None:
    try:
        headers = signed(shared_site.secret, body)
    except UnicodeDecodeError:
        headers = signed(shared_site.secret, b"")
    answer = shared_site.send(body, headers)
    assert answer.status_code == status
    assert answer.json["message"]
    assert count(shared_site, received_events) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"id": 5},
        {"id": "x" * 256},
        {"id": "a\0b"},
        {"external": {"name": "\ud800"}},
        {"external": {"name": "a\0"}},
        {"external": {"raw": "1" * 256}},
        {"external": {"withheld": "yes"}},
        {"external": []},
        {"agents": {"extension": "101"}},
        {"agents": [{"name": "no extension"}]},
        {"agents": [{"extension": "1" * 33}]},
        {"agents": [{"extension": "101"}] * 101},
        {"direction": "sideways"},
        {"outcome": "fine"},
        {"started_at": "yesterday"},
        {"started_at": "0001-01-01T00:00:00Z"},
        {"started_at": "9999-12-31T23:59:59-23:59"},
        {"started_at": "2026-11-22T00:00:00"},
        {"started_at": 1795336962},
        {"talk_seconds": -1},
        {"talk_seconds": 10**400},
        {"talk_seconds": float("nan")},
        {"talk_seconds": float("inf")},
        {"talk_seconds": True},
        {"talk_seconds": "2"},
        {"hangup": {"by": "aliens"}},
        {"transfers": [{"kind": "magic"}]},
        {"recording_url": "javascript:alert(1)"},
        {"recording_url": "https://["},
        {"client_ref": 7},
    ],
    ids=lambda changes: str(changes)[:40],
)
def test_fields_that_mean_nothing_are_named(shared_site_anywhere: Site, changes: dict[str, Any]) -> None:
    answer = shared_site_anywhere.send_event(**changes)
    assert answer.status_code == 422
    assert set(answer.json["errors"]["data"]["call"]) == set(changes)
    assert count(shared_site_anywhere, received_events) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"external": {"name": "名" * 300}},
        {"hangup": {"by": "system", "text": "x" * 1000}},
        {"queue": {"name": "q" * 300, "wait_seconds": 0}},
        {"agents": [{"extension": "101", "name": "n" * 500}]},
        {"agents": []},
        {"client_ref": "host-nonsense"},
        {"ended_at": "2026-11-22T08:42:30Z"},
    ],
    ids=lambda changes: str(changes)[:40],
)
def test_a_call_is_not_lost_for_long_names_or_odd_clocks(site_anywhere: Site, changes: dict[str, Any]) -> None:
    assert site_anywhere.send_event(**changes).status_code == 200


def test_a_failure_in_the_middle_leaves_nothing_behind(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_kwargs: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(type(site.services.publisher), "publish", fail)
    site.app.testing = False
    body = event_body(**ended_call())
    headers = signed(site.secret, body)
    assert site.send(body, headers).status_code == 500
    assert (count(site, calls), count(site, received_events), count(site, facts)) == (0, 0, 0)
    monkeypatch.undo()
    assert site.send(body, headers).json == {"result": "stored"}


def test_a_reference_to_a_call_that_has_its_own_events_takes_nothing_over(site_anywhere: Site) -> None:
    """A second call of the same source that names our id by mistake: it is a call of its own, and no fact is mixed."""
    made = site_anywhere.api("POST", "/calls", json={"agent": "101", "number": "03-1234-5678"}).json["id"]
    site_anywhere.send_event("call.ringing", id="one", client_ref=f"host-{made}", direction="outbound", ended_at=None)
    site_anywhere.send_event(id="two", client_ref=f"host-{made}")
    site_anywhere.send_event(id="one", client_ref=f"host-{made}", direction="outbound", outcome="busy")
    found = {call["source"]: call for call in site_anywhere.api("GET", "/calls").json["calls"]}
    outcomes = {call["id"]: call["outcome"] for call in site_anywhere.api("GET", "/calls").json["calls"]}
    assert len(outcomes) == 2, found
    assert outcomes[made] == "busy"


def test_who_calls_cannot_turn_the_text_of_a_page_around(site: Site) -> None:
    """A right-to-left override in a caller's name would make "102" read "201" behind it."""
    override = "\u202e"
    site.send_event(
        external={"raw": f"09012345678{override}", "name": f"山田　太郎{override}"},
        agents=[{"extension": "101", "name": f"{override}Alice\r\n"}],
        queue={"name": f"sales{override}"},
    )
    call = only_call(site)
    assert (call["external_name"], call["raw_number"], call["queue_name"]) == ("山田　太郎", "09012345678", "sales")
    assert override not in str(call["agents"])
