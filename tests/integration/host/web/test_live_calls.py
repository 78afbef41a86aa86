"""B15: the stream that tells an open page to look, on both databases."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from app_fixture import PASSWORD, Site, csrf_token
from live_stream import Stream
from sqlalchemy import insert, update
from sqlalchemy.exc import OperationalError

from host.domain.ids import new_call_id
from host.plugin_api import ContactEntry
from host.security.users import Role, change_password, change_user, create_user
from host.storage import tables
from host.storage.engine import Database
from host.web.live import hub
from host.web.live.changes import NARROW, WIDE, WIDE_EVERY, CallChanges
from host.web.live.shown import ShownCalls

YAMADA = "+819012345678"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked at every few seconds is looked at more often, so that nobody waits."""
    monkeypatch.setattr(hub, "SESSIONS_SECONDS", 0.05)
    monkeypatch.setattr(hub, "NAMES_SECONDS", 0.05)


def rings(site: Site, extension: str = "101", key: str = "testpbx-1", number: str = YAMADA) -> None:
    agent = {"extension": extension, "name": "", "answered_at": None, "left_at": None}
    outside = {"number": number, "raw": number, "name": "", "withheld": False}
    nothing = {"ended_at": None, "answered_at": None, "outcome": None, "talk_seconds": None, "hangup": None}
    told = {"agents": [agent], "external": outside, **nothing, "started_at": datetime.now(UTC).isoformat()}
    assert site.send_event("call.ringing", id=key, **told).status_code == 200


def colleague(site: Site, role: Role = Role.AGENT) -> int:
    with site.services.database.writing() as connection:
        return create_user(
            connection,
            email="bob@example.com",
            name="Bob",
            role=role,
            password=PASSWORD,
            extension="102",
            now=datetime.now(UTC),
        )


def test_b15_an_agent_is_told_of_own_calls_and_never_of_another_s(site_anywhere: Site) -> None:
    site = site_anywhere
    colleague(site)
    with Stream(site.agent) as stream:
        assert stream.answer.mimetype == "text/event-stream"
        assert stream.answer.headers["Cache-Control"] == "no-store"
        assert stream.answer.headers["X-Accel-Buffering"] == "no"
        assert stream.heard()
        assert stream.is_quiet()
        rings(site, "102")
        assert stream.is_quiet()
        rings(site, "101", "testpbx-2")
        assert stream.heard(seconds=1)
        stream.settle()
        site.send_event("call.answered", id="testpbx-2", ended_at=None, outcome=None)
        assert stream.heard(seconds=1)


def test_b15_who_loses_a_call_to_a_colleague_is_told_too(site_anywhere: Site) -> None:
    site = site_anywhere
    colleague(site)
    rings(site, "101")
    with Stream(site.agent) as stream:
        stream.settle()
        agent = {"extension": "102", "name": "", "answered_at": datetime.now(UTC).isoformat(), "left_at": None}
        site.send_event("call.answered", id="testpbx-1", agents=[agent], ended_at=None, outcome=None)
        assert stream.heard(seconds=1)


def test_b15_an_admin_may_watch_all_calls_and_an_agent_may_not(site_anywhere: Site) -> None:
    site = site_anywhere
    assert site.agent.get("/events/calls?all=1").status_code == 403
    with Stream(site.admin, "/events/calls?all=1") as everybody, Stream(site.admin) as own:
        everybody.settle()
        own.settle()
        rings(site, "999")
        assert everybody.heard(seconds=1)
        assert own.is_quiet()


def test_b15_a_name_registered_meanwhile_and_a_memo_of_an_earlier_call_are_told(site_anywhere: Site) -> None:
    site = site_anywhere
    site.send_event("call.ended", id="earlier", agents=[])
    earlier = site.call_ids()[0]
    rings(site)
    with Stream(site.agent) as stream:
        stream.settle()
        now = datetime.now(UTC)
        entry = ContactEntry(number=YAMADA, company="青空商事", person="山田", source="salesforce", updated_at=now)
        site.services.registry.contact_book().register(entry)
        assert stream.heard(seconds=1)
        stream.settle()
        memo = {"text": "from elsewhere", "items": [], "version": 0, "origin": "history"}
        assert site.api("PUT", f"/calls/{earlier}/memo", json=memo).status_code == 200
        assert stream.heard(seconds=1)


def switch_off(site: Site) -> None:
    change(site, active=False)


def new_role(site: Site) -> None:
    change(site, role=Role.ADMIN)


def new_extension(site: Site) -> None:
    change(site, extension="150")


def change(site: Site, **changes: object) -> None:
    values = {"email": "agent@example.com", "name": "Alice Sato", "role": Role.AGENT, "extension": "101", "active": True}
    with site.services.database.writing() as connection:
        change_user(connection, site.agent_id, language=None, **{**values, **changes})  # type: ignore[arg-type]


def new_password(site: Site) -> None:
    with site.services.database.writing() as connection:
        change_password(connection, site.agent_id, "another horse battery")


@pytest.mark.parametrize("happens", [switch_off, new_role, new_extension, new_password])
def test_b15_the_stream_ends_with_what_it_was_allowed_for(site_anywhere: Site, happens: Callable[[Site], None]) -> None:
    with Stream(site_anywhere.agent) as stream:
        stream.settle()
        happens(site_anywhere)
        assert stream.ends()


def test_b15_logging_out_ends_the_streams_of_this_session_only(site_anywhere: Site) -> None:
    here, there = site_anywhere.agent, site_anywhere.agent
    with Stream(here) as ended, Stream(there) as going_on:
        going_on.settle()
        here.post("/logout", data={"csrf_token": csrf_token(here, "/profile")})
        assert ended.ends()
        rings(site_anywhere)
        assert going_on.heard(seconds=1)


def test_b15_a_session_that_is_too_old_ends(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("host.web.live.events.LASTING", timedelta(seconds=1))
    with Stream(site.agent) as stream:
        assert stream.ends()


def test_b15_a_sign_of_life_comes_at_least_every_15_seconds(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hub.BEAT_SECONDS + hub.LOOK_SECONDS < 15
    monkeypatch.setattr(hub, "BEAT_SECONDS", 0.05)
    with Stream(site.agent) as stream:
        assert stream.heard(": still here", seconds=2)


def test_b15_where_no_connection_can_be_had_the_page_is_told_to_ask(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert site.anonymous.get("/events/calls").status_code == 302
    assert site.agent.get("/events/calls").status_code == 204
    browser = site.agent
    monkeypatch.setattr(hub, "MOST_EACH", 1)
    with Stream(browser):
        assert "tsunagu_open_pages " in site.anonymous.get("/metrics").text
        with pytest.raises(AssertionError, match="204"):
            Stream(browser)
        with Stream(site.admin):
            monkeypatch.setattr(hub, "MOST", 2)
            with pytest.raises(AssertionError, match="204"):
                Stream(site.admin)


def test_b15_nobody_watches_when_nobody_listens_and_a_trouble_is_outlived(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = threading.Event()
    entries = site.services.registry.contact_book().entries

    def breaks(numbers: list[str]) -> object:
        if broken.is_set():
            raise RuntimeError("a plugin's bug")
        return entries(numbers)

    book = type(site.services.registry.contact_book())
    monkeypatch.setattr(book, "entries", lambda _self, numbers: breaks(numbers))
    with Stream(site.agent) as stream:
        stream.settle()
        broken.set()
        rings(site)
        assert stream.ends()
        broken.clear()
    with Stream(site.agent) as again:
        assert again.heard()
        assert watching()
    for thread in watching():
        thread.join(5)
    assert not watching()


def test_b15_what_changed_while_the_database_was_away_is_told_when_it_is_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "AWAY_SECONDS", 0.05)
    monkeypatch.setattr(hub, "NAMES_SECONDS", 0.0)
    away = threading.Event()

    def refuses(whole: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*given: Any) -> Any:
            if away.is_set():
                raise OperationalError("SELECT", {}, Exception("away"))
            return whole(*given)

        return asked

    monkeypatch.setattr(hub, "briefs_going_on", refuses(hub.briefs_going_on))
    monkeypatch.setattr(ShownCalls, "renamed", refuses(ShownCalls.renamed))
    away.set()
    with Stream(site.agent) as stream:
        assert stream.is_quiet()
        away.clear()
        assert stream.heard()
        stream.settle()
        away.set()
        rings(site)
        assert stream.is_quiet()
        away.clear()
        assert stream.heard()


def watching() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "live updates"]


def test_b15_a_change_that_is_committed_late_or_by_a_slow_clock_is_found_once(database: Database) -> None:
    now = datetime.now(UTC)
    changes = CallChanges(database, lambda: now)
    assert changes.look() == []
    late, long_late = now - NARROW / 2, now - WIDE / 2
    ids = {moment: stored(database, moment) for moment in (late, long_late)}
    assert [brief.id for brief in changes.look()] == [ids[late]]
    found = [brief.id for _ in range(WIDE_EVERY) for brief in changes.look()]
    assert found == [ids[long_late]]
    with database.writing() as connection:
        connection.execute(update(tables.calls).where(tables.calls.c.id == ids[late]).values(updated_at=now))
    assert [brief.id for brief in changes.look()] == [ids[late]]
    assert changes.look() == []


def stored(database: Database, moment: datetime) -> str:
    call_id = new_call_id(moment + timedelta(seconds=time.monotonic() % 1))
    row = {
        "source": "s",
        "source_call_id": call_id,
        "state": "ringing",
        "direction": "inbound",
        "agents": [],
        "transfers": [],
    }
    times = {"started_at": moment, "created_at": moment, "updated_at": moment}
    with database.writing() as connection:
        connection.execute(insert(tables.calls).values(id=call_id, stamps={}, **row, **times))
    return call_id
