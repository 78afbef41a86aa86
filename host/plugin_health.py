"""How plugins stand by their own health checks: run with a deadline, kept as rows, read by pages, metrics, command line."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from host.domain.settlement import AttemptResult
from host.plugin_api import Done, HealthCheck, JobRun, PluginContext
from host.registry.loading import LoadedPlugin
from host.registry.outcomes import CallResult, late, outcome_of
from host.sentences import read
from host.storage.plugin_tables import plugin_health
from host.storage.texts import storable
from host.storage.upsert import upsert

if TYPE_CHECKING:
    from host.services import Services

DEADLINE_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What one check last came to; `message` says more."""

    plugin: str
    name: str
    well: bool
    message: str
    checked_at: datetime


def check_all(services: Services, run: JobRun) -> None:
    """The host's job by the clock: the checks of all plugins that are on."""
    for plugin in services.registry.loaded:
        if run.stopping():
            return
        if plugin.manifest.health and services.registry.is_enabled(plugin.name):
            check(services, plugin)


def check(services: Services, plugin: LoadedPlugin, seconds: float = DEADLINE_SECONDS) -> Sequence[Health]:
    """Run the checks of this plugin side by side, each for at most so many seconds, and keep what they come to."""
    context = services.registry.context(plugin.name)
    apart = partial(services.processes.check_health, plugin, seconds=seconds)
    running = [_Check(one, context, apart) for one in plugin.manifest.health]
    until = time.monotonic() + seconds
    found = [one.wait(until, seconds) for one in running]
    now = services.clock()
    with services.database.writing() as connection:
        for one, result in zip(plugin.manifest.health, found, strict=True):
            well = result.attempt.result in (AttemptResult.DONE, AttemptResult.SKIPPED)
            values = {"well": well, "message": storable(result.attempt.message), "checked_at": now}
            upsert(connection, plugin_health, {"plugin": plugin.name, "name": one.name}, values)
        return health_of(connection, plugin)


def health_of(connection: Connection, plugin: LoadedPlugin) -> Sequence[Health]:
    """What the checks that the plugin declares last came to, in its order; one that never ran is left out."""
    rows = connection.execute(select(plugin_health).where(plugin_health.c.plugin == plugin.name)).mappings()
    found = {
        row["name"]: Health(
            plugin=row["plugin"],
            name=row["name"],
            well=row["well"],
            message=read(row["message"]),
            checked_at=row["checked_at"],
        )
        for row in rows
    }
    return [found[one.name] for one in plugin.manifest.health if one.name in found]


class _Check:
    """One check under way in a thread of its own; one that hangs is left behind."""

    def __init__(self, check: HealthCheck, context: PluginContext, apart: Callable[[str], CallResult | None]) -> None:
        self._apart = apart
        self._result: CallResult | None = None
        self._check = check
        self._context = context
        self._thread = threading.Thread(target=self._run, name=f"health {context.plugin}", daemon=True)
        self._thread.start()

    def wait(self, until: float, seconds: float) -> CallResult:
        self._thread.join(max(0.0, until - time.monotonic()))
        return self._result or late(seconds)

    def _run(self) -> None:
        self._result = self._apart(self._check.name) or outcome_of(self._say)

    def _say(self) -> object:
        return Done(summary=self._check.run(self._context) or "")
