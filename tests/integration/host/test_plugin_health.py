"""R33, R35: health checks run with a deadline; how they stand is in the list of plugins and in the figures."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest
from app_fixture import Site, scratch_config

from host.plugin_api import HealthCheck, Manifest, NeedsConfiguration, PluginContext
from host.plugin_health import check
from host.registry.loading import GROUP

RELEASED = threading.Event()


def hangs(context: PluginContext) -> str:
    RELEASED.wait(30)
    return "late"


def raises(context: PluginContext) -> str:
    raise ValueError("+819012345678")


def lacks(context: PluginContext) -> str:
    raise NeedsConfiguration("Fill in the address.")


CHECKS = {"well": lambda context: f"{context.plugin} answers.", "lacks": lacks, "raises": raises, "hangs": hangs}


class Watched:
    """A plugin that does nothing but to be watched."""

    manifest = Manifest(
        name="watched",
        title="Watched",
        version="1",
        health=tuple(HealthCheck(name=name, title=name, run=run) for name, run in CHECKS.items()),
    )


@pytest.fixture
def watched(database_url: str, quick_passwords: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    module = ModuleType("watched_plugin")
    module.plugin = Watched()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "watched_plugin", module)
    RELEASED.clear()
    yield (site := Site(scratch_config(database_url), [EntryPoint("watched", "watched_plugin:plugin", GROUP)]))
    RELEASED.set()
    site.services.database.engine.dispose()


def test_r35_each_check_is_told_with_its_reason_and_one_that_hangs_holds_nobody_up(watched: Site) -> None:
    plugin = watched.services.registry.get("watched")
    assert plugin is not None
    assert watched.services.registry.states()[0].well is None, "never checked"
    began = time.monotonic()
    found = {one.name: (one.well, one.message) for one in check(watched.services, plugin, seconds=1.0)}
    assert time.monotonic() - began < 8
    assert found["well"] == (True, "watched answers.")
    assert found["lacks"] == (False, "Fill in the address.")
    assert found["raises"][0] is False
    assert "9012345678" not in found["raises"][1]
    assert found["hangs"][0] is False
    assert "within 1 seconds" in found["hangs"][1]
    assert watched.services.registry.states()[0].well is False
    figures = watched.app.test_client().get("/metrics").text
    assert 'tsunagu_plugin_well{check="well",plugin="watched"} 1.0' in figures
    assert 'tsunagu_plugin_well{check="hangs",plugin="watched"} 0.0' in figures
    page = watched.admin.get("/settings/plugins/watched").text
    assert "Fill in the address." in page
    assert "Not well" in page
