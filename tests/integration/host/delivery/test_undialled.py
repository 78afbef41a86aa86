"""R22: a click that nobody dials ends its call, once, with a sentence; what the telephone system says later still wins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from importlib.metadata import EntryPoint
from types import SimpleNamespace
from typing import Any

import pytest
from app_fixture import Site, csrf_token, scratch_config
from sqlalchemy import select, update

from hookspecs import hookimpl
from host.delivery.deliverer import Deliverer
from host.delivery.jobs import JobRunner
from host.delivery.membership import Membership
from host.delivery.upkeep import Upkeep
from host.plugin_api import Done, Manifest, NeedsConfiguration, PermanentFailure, PluginError, RetryLater
from host.storage.engine import make_job_engine
from host.storage.tables import calls, deliveries, facts

SENTENCE = "The PBX does not let us in."


class Dialler:
    """Dials, or fails as the test says."""

    manifest = Manifest(name="dialler", title="Dialler", version="1", dials=True)

    def __init__(self) -> None:
        self.trouble: PluginError | None = None
        self.dialled = 0

    @hookimpl
    def on_click_to_call(self):
        if self.trouble:
            raise self.trouble
        self.dialled += 1
        return Done()


class Listener:
    """Takes both hooks and dials nothing; its failure ends no call."""

    manifest = Manifest(name="listener", title="Listener", version="1")

    @hookimpl
    def on_click_to_call(self):
        raise PermanentFailure("No such record.")

    @hookimpl
    def on_call_end(self):
        return Done()


class Desk:
    """A site whose only plugins are those two, and a worker."""

    def __init__(self, site: Site, dialler: Dialler) -> None:
        self.site, self.dialler, self.services = site, dialler, site.services
        self.member = Membership(self.services.database, "one", 3600)
        self.member.join()
        self._deliverer = Deliverer(self.services, self.member)

    def click(self) -> str:
        answer = self.site.api("POST", "/calls", json={"agent": "101", "number": "090-1234-5678"})
        assert answer.status_code == 202, answer.text
        return str(answer.json["id"])

    def work(self, call_id: str) -> None:
        for plugin in ("listener", "dialler", "listener"):
            self._deliverer.deliver(plugin, call_id)

    def call(self, call_id: str) -> dict[str, Any]:
        return self.site.api("GET", f"/calls/{call_id}").json

    def head(self, call_id: str) -> str:
        """The top of the call's page."""
        page = self.site.agent.get(f"/calls/{call_id}").text
        return page[page.index('id="call-head"') :].partition('class="card"')[0]

    def ends(self, call_id: str) -> int:
        """How often the plugins were told that the call is over."""
        query = select(facts.c.id).where(facts.c.call_id == call_id, facts.c.hook == "on_call_end")
        with self.services.database.reading() as connection:
            return len(connection.execute(query).all())

    def told(self, kind: str, call_id: str, **call: Any) -> None:
        answer = self.site.send_event(kind, id="pbx-1", client_ref=f"host-{call_id}", direction="outbound", **call)
        assert answer.status_code in (200, 202), answer.text


@pytest.fixture
def desk(database_url: str, quick_passwords: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    dialler = Dialler()
    module = SimpleNamespace(dialler=dialler, listener=Listener())
    monkeypatch.setitem(__import__("sys").modules, "dialling_plugins", module)
    points = [EntryPoint(name, f"dialling_plugins:{name}", "tsunagu.plugins") for name in ("dialler", "listener")]
    made = Desk(Site(scratch_config(database_url), plugins=points), dialler)
    yield made
    made.services.database.engine.dispose()


def test_r22_a_refused_click_ends_its_call_and_says_why(desk: Desk) -> None:
    desk.dialler.trouble = PermanentFailure(SENTENCE)
    call_id = desk.click()
    desk.work(call_id)
    call = desk.call(call_id)
    assert (call["state"], call["outcome"], call["hangup_by"]) == ("ended", "failed", "system")
    assert call["ended_at"] is not None
    assert call["hangup_text"] == "Dialling failed."
    assert desk.ends(call_id) == 1
    assert [one["state"] for one in call["deliveries"] if one["hook"] == "on_call_end"] == ["done"]
    assert SENTENCE in desk.head(call_id)


@pytest.mark.parametrize("trouble", [NeedsConfiguration(SENTENCE), PermanentFailure(SENTENCE)], ids=["parked", "failed"])
def test_r22_what_the_telephone_system_says_later_wins_and_is_not_told_twice(desk: Desk, trouble: PluginError) -> None:
    desk.dialler.trouble = trouble
    call_id = desk.click()
    desk.work(call_id)
    assert desk.call(call_id)["outcome"] == "failed"
    desk.told("call.ringing", call_id, outcome=None, ended_at=None, hangup=None)
    desk.told("call.ended", call_id)
    call = desk.call(call_id)
    assert (call["outcome"], call["hangup_by"], call["ended_at"]) == ("answered", "external", "2026-11-22T08:42:42+00:00")
    assert desk.ends(call_id) == 1
    assert SENTENCE not in desk.head(call_id)


def test_r22_a_click_that_may_still_be_dialled_ends_nothing(desk: Desk) -> None:
    desk.dialler.trouble = RetryLater("Busy.")
    call_id = desk.click()
    desk.work(call_id)
    assert desk.call(call_id)["state"] == "dialling"
    assert desk.ends(call_id) == 0


def test_r22_another_plugin_s_failure_ends_nothing(desk: Desk) -> None:
    call_id = desk.click()
    desk.work(call_id)
    assert desk.dialler.dialled == 1
    assert desk.call(call_id)["state"] == "dialling"


def test_r22_r34_switching_the_dialling_plugin_off_ends_what_waited_for_it(desk: Desk) -> None:
    call_id = desk.click()
    desk.services.registry.set_enabled("dialler", False, "admin")
    assert (desk.call(call_id)["outcome"], desk.ends(call_id)) == ("failed", 1)
    desk.services.registry.set_enabled("dialler", True, "admin")
    desk.work(call_id)
    assert desk.dialler.dialled == 0, "a call that is over must not be dialled when the plugin is switched on again"


def test_r22_a_call_that_is_over_is_not_dialled_any_more(desk: Desk) -> None:
    call_id = desk.click()
    desk.told("call.ended", call_id)
    desk.work(call_id)
    assert desk.dialler.dialled == 0
    assert desk.ends(call_id) == 1


def test_r22_without_a_plugin_that_dials_a_click_is_refused_and_writes_nothing(desk: Desk) -> None:
    desk.services.registry.set_enabled("dialler", False, "admin")
    answer = desk.site.api("POST", "/calls", json={"agent": "101", "number": "090-1234-5678"})
    assert answer.status_code == 409
    assert "No plugin that dials is switched on." in answer.json["message"]
    browser = desk.site.agent
    form = {"number": "+819012345678", "csrf_token": csrf_token(browser, "/profile")}
    assert "No plugin that dials is switched on." in browser.post("/calls/dial", data=form, follow_redirects=True).text
    assert desk.site.call_ids() == []


def test_r22_a_click_that_got_stuck_ends_after_an_hour(desk: Desk) -> None:
    """The plugin was taken out, or the telephone system never told of the call."""
    stuck, fresh = desk.click(), desk.click()
    with desk.services.database.writing() as connection:
        connection.execute(update(deliveries).values(state="done").where(deliveries.c.call_id == stuck))
        long_ago = desk.services.clock() - timedelta(hours=2)
        connection.execute(update(calls).values(created_at=long_ago).where(calls.c.id == stuck))
    engine = make_job_engine(desk.services.config.database_url)
    upkeep = Upkeep(desk.services, desk.member, JobRunner(engine, "one", lambda _plugin, _call: None))
    upkeep.end_unheard()
    upkeep.end_unheard()
    engine.dispose()
    call = desk.call(stuck)
    assert (call["state"], call["outcome"], desk.ends(stuck)) == ("ended", "unknown", 1)
    assert call["hangup_text"] == "The telephone system never told of this call."
    assert desk.call(fresh)["state"] == "dialling"
