"""Builds what the host offers one plugin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from host.alarms import StoredAlarms
from host.config import Config
from host.operation_log import PluginOperations
from host.plugin_api import PluginContext, ScheduledJob, Site
from host.registry.call_reader import CallReader
from host.registry.names import Names
from host.registry.parked import ParkedWork, PendingWork
from host.registry.people import site_users
from host.registry.plugin_database import PluginDatabase
from host.registry.stores import StoredSecrets, StoredSettings
from host.scheduling.stored_jobs import StoredJobs
from host.security.sealing import Sealer
from host.storage.engine import Database
from host.storage.locks import exclusive
from host.storage.operations import log_operation


class ContextBuilder:
    """Makes the `PluginContext` of any plugin."""

    def __init__(
        self,
        config: Config,
        database: Database,
        sealer: Sealer,
        clock: Callable[[], datetime],
        names: Names,
        work: PendingWork,
    ) -> None:
        self._site = Site(
            name=config.site_name,
            region=config.region,
            timezone=config.timezone,
            url=config.url,
            language=config.language,
        )
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._names = names
        self._work = work

    def build(self, plugin: str, jobs: Sequence[ScheduledJob]) -> PluginContext:
        """What `plugin` is offered, whose manifest declares these jobs."""
        work = ParkedWork(self._database, self._work, self._clock, plugin)
        return PluginContext(
            plugin=plugin,
            site=self._site,
            settings=StoredSettings(self._database, plugin),
            secrets=StoredSecrets(self._database, plugin, self._sealer),
            database=PluginDatabase(self._database, plugin),
            contact_book=self._names.of(plugin),
            calls=CallReader(self._database, plugin, self._site.url, self._clock, partial(self._names.nobody, plugin)),
            log=structlog.get_logger(plugin=plugin),
            alarms=StoredAlarms(self._database, plugin, self._clock),
            exclusive=lambda name: self._exclusive(plugin, name),
            resume_parked=work.resume_parked,
            backlog=work.backlog,
            parked=work.parked,
            drop_parked=work.drop_parked,
            aside=work,
            audit=lambda actor, action, detail: self._audit(plugin, actor, action, detail),
            operations=PluginOperations(self._database, plugin),
            jobs=StoredJobs(self._database, plugin, jobs, self._site.timezone, self._clock),
            users=lambda: site_users(self._database),
            clock=self._clock,
        )

    def _exclusive(self, plugin: str, name: str) -> AbstractContextManager[None]:
        return exclusive(self._database, f"plugin:{plugin}:{name}")

    def _audit(self, plugin: str, actor: str, action: str, detail: Mapping[str, Any]) -> None:
        with self._database.writing() as connection:
            log_operation(connection, at=self._clock(), actor=actor, area=plugin, action=action, detail=detail)
