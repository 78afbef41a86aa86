"""R33, R35: whatever a plugin does wrong, the host starts, the others go on, and the admin sees which and why."""

from __future__ import annotations

import time
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from broken_plugins import MISBEHAVING, UNLOADABLE, hook, plugin_class, write
from sqlalchemy import insert, update

from host.config import Config
from host.delivery import DeliveryView, deliveries_of
from host.delivery.deliverer import Deliverer
from host.delivery.membership import Membership
from host.domain.ids import new_call_id
from host.registry import LoadedPlugin, PluginQuarantined, PluginUnknown, Quarantined, load_all
from host.services import Services, build_services, utc_now
from host.storage.tables import calls, deliveries

GOOD = plugin_class("good", hook("return Done(summary='good')"))
KEY = "0" * 43 + "="


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def services_with(points: list[EntryPoint], url: str) -> Services:
    return build_services(Config(database_url=url, secret_key="s" * 32, encryption_keys=(KEY,)), plugins=points)


def ended_call(services: Services) -> str:
    call_id, now = new_call_id(utc_now()), utc_now()
    row = {"id": call_id, "source": "test", "source_call_id": call_id, "state": "ended", "direction": "inbound"}
    with services.database.writing() as connection:
        times = {"started_at": now, "created_at": now, "updated_at": now}
        connection.execute(insert(calls).values(**row, **times, agents=[], transfers=[], stamps={}))
        services.publisher.publish(connection, call_id, "on_call_end", {})
    return call_id


def deliver(services: Services, call_id: str, *plugins: str) -> dict[str, DeliveryView]:
    membership = Membership(services.database, "test-worker", 60)
    membership.join()
    deliverer = Deliverer(services, membership)
    for plugin in plugins:
        deliverer.deliver(plugin, call_id)
    with services.database.reading() as connection:
        return {view.plugin: view for view in deliveries_of(connection, call_id)}


@pytest.mark.parametrize("name", UNLOADABLE)
def test_plugin_that_breaks_the_contract_is_quarantined_with_the_reason(name: str, folder: Path) -> None:
    source, reason = UNLOADABLE[name]
    bad, good = load_all([write(folder, name, source), write(folder, "good", GOOD)])
    assert isinstance(bad, Quarantined)
    assert reason in bad.reason
    assert bad.reason.endswith(".")
    assert "secret-token" not in bad.reason + bad.detail
    assert isinstance(good, LoadedPlugin)
    assert good.hooks == ("on_call_end",)


def test_second_plugin_of_a_name_is_quarantined_and_the_first_stays(folder: Path) -> None:
    first = write(folder, "good", GOOD)
    write(folder, "copy", GOOD)
    loaded, second = load_all([first, EntryPoint("good", "broken_copy:plugin", "tsunagu.plugins")])
    assert isinstance(loaded, LoadedPlugin)
    assert isinstance(second, Quarantined)
    assert "already there" in second.reason


def test_quarantined_plugins_are_shown_and_cannot_be_switched_on(folder: Path, sqlite_url: str) -> None:
    services = services_with([write(folder, "misspelled", UNLOADABLE["misspelled"][0])], sqlite_url)
    (state,) = services.registry.states()
    assert (state.name, state.state) == ("misspelled", "quarantined")
    assert "on_call_ended" in state.reason
    with pytest.raises(PluginQuarantined, match="on_call_ended"):
        services.registry.set_enabled("misspelled", True, "admin@example.com")
    with pytest.raises(PluginUnknown, match="nobody"):
        services.registry.set_enabled("nobody", True, "admin@example.com")


@pytest.mark.parametrize("name", MISBEHAVING)
def test_hook_that_misbehaves_becomes_an_outcome_and_others_are_served(name: str, folder: Path, sqlite_url: str) -> None:
    source, result, message = MISBEHAVING[name]
    services = services_with([write(folder, name, source), write(folder, "good", GOOD)], sqlite_url)
    views = deliver(services, ended_call(services), name, "good")
    assert views[name].attempts[0].result == result
    assert message in views[name].message
    assert "+81" not in views[name].message
    assert (views["good"].state, views["good"].message) == ("done", "good")


def test_bug_is_tried_three_times_then_failed(folder: Path, sqlite_url: str) -> None:
    services = services_with([write(folder, "raises", MISBEHAVING["raises"][0])], sqlite_url)
    call_id = ended_call(services)
    states = []
    for _ in range(3):
        states.append(deliver(services, call_id, "raises")["raises"].state)
        make_due(services)
    assert states == ["retrying", "retrying", "failed"]


def test_plugin_that_hangs_is_not_called_again_until_calls_return(folder: Path, sqlite_url: str) -> None:
    source = plugin_class(
        "stuck", hook("while not os.path.exists(GO): time.sleep(0.01)"), deadline_seconds=0.1, concurrency=2
    )
    go = folder / "go"
    source = source.replace("class Plugin", f"GO = {str(go)!r}\nclass Plugin")
    services = services_with([write(folder, "stuck", source)], sqlite_url)
    membership = Membership(services.database, "test-worker", 60)
    membership.join()
    deliverer = Deliverer(services, membership)
    call_ids = [ended_call(services) for _ in range(4)]
    for call_id in call_ids[:3]:
        deliverer.deliver("stuck", call_id)
    with services.database.reading() as connection:
        messages = [deliveries_of(connection, call_id)[0].message for call_id in call_ids[:3]]
    assert ["did not finish" in message for message in messages] == [True, True, False]
    assert "calls of this plugin hang" in messages[2]
    go.touch()
    caller = deliverer._callers["stuck"]
    deadline = time.monotonic() + 10
    while caller.hanging and time.monotonic() < deadline:
        time.sleep(0.01)
    deliverer.deliver("stuck", call_ids[3])
    with services.database.reading() as connection:
        assert deliveries_of(connection, call_ids[3])[0].state == "done"


def make_due(services: Services) -> None:
    with services.database.writing() as connection:
        connection.execute(update(deliveries).values(due_at=utc_now()))
