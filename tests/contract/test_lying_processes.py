"""R35: what a plugin's process says is not trusted: one that speaks nonsense harms nobody but itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from app_fixture import scratch_config
from broken_plugins import plugin_class
from foreign_plugins import found_in, install

from host.isolation.probing import refused
from host.plugin_api import Call, CallEnded, Direction
from host.registry.outcomes import CallResult
from host.services import Services, build_services

LIAR = """
@hookimpl
def on_call_end(self, context, event):
    import socket, stat, struct
    if event.call.raw_number == "cyclic":
        steps = []
        steps.append(steps)
        return Done(match=Match(record=None, steps=steps))
    for number in range(3, 60):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                body = event.call.raw_number.encode()
                os.write(number, struct.pack("!I", len(body)) + body)
        except OSError:
            pass
    time.sleep(60)
"""
HONEST = plugin_class("honest", "")
SHOUTS = (
    "import os, time\nfor n in range(3, 60):\n    try:\n        os.write(n, b'{\"')\n    except OSError:\n        pass\n"
)
DEADLINE = 10.0
LIES = [
    5,
    [],
    {},
    {"call": "1", "result": {}},
    {"call": 1, "result": 5},
    {"call": 1, "result": {}},
    {"call": 1, "ask": {}},
    {"call": 1, "ask": 5},
    {"call": 1, "ask": {"stopping": True}},
    {"call": 1},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("lying")
    install(folder, "liar", plugin_class("liar", LIAR, deadline_seconds=DEADLINE))
    install(folder, "honest", HONEST)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield folder
    for name in [name for name in sys.modules if name in ("liar_module", "honest_module")]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def services(folder: Path, migrated_sqlite: Path) -> Iterator[Services]:
    path = folder / "tsunagu.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    services = build_services(scratch_config(f"sqlite:///{path}"), plugins=found_in(folder))
    yield services
    services.processes.close()
    services.database.engine.dispose()


def told(services: Services, lie: str) -> CallResult:
    now = datetime.now(UTC)
    call = Call(id="c1", direction=Direction.INBOUND, number=None, raw_number=lie, agents=(), started_at=now)
    caller = services.processes._isolated["liar"]
    caller._hooks.finished()
    caller._hooks._not_before = 0.0
    return caller.call("on_call_end", CallEnded(fact_id=1, occurred_at=now, call=call))


@pytest.mark.parametrize("lie", LIES, ids=json.dumps)
def test_process_that_speaks_nonsense_is_ended_at_once_and_called_a_bug(services: Services, lie: object) -> None:
    running = services.processes._isolated["liar"]._hooks._process
    number = next(running._numbers) + 1 if running is not None and running.is_open else 1
    said = json.dumps(lie).replace('"call": 1', f'"call": {number}')
    began = datetime.now(UTC)
    result = told(services, said).attempt
    assert result.result == "bug", result.message
    assert (datetime.now(UTC) - began).total_seconds() < DEADLINE


def test_value_without_an_end_is_told_as_a_bug(services: Services) -> None:
    result = told(services, "cyclic").attempt
    assert (result.result, "cannot be passed on" in result.message) == ("bug", True)


def test_plugin_that_shouts_into_the_try_spoils_no_other(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    install(tmp_path / "own", "shouter", SHOUTS + plugin_class("shouter", ""))
    install(tmp_path / "own", "quiet", plugin_class("quiet", ""))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(tmp_path / "own"))
        verdicts = refused(found_in(tmp_path / "own"), memory=0)
    assert list(verdicts) == ["shouter"]


def test_folder_a_process_is_started_in_hides_no_module_of_a_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site, here = tmp_path / "site", tmp_path / "here"
    site.mkdir()
    here.mkdir()
    install(site, "hidden", plugin_class("hidden", ""))
    (here / "hidden_module.py").write_text("raise RuntimeError")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.chdir(here)
    assert refused(found_in(site), memory=0) == {}
