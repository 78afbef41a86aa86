"""Builds what the host offers one plugin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from host.alarms import StoredAlarms
from host.config import Config
from host.connections.crm import StoredCrm, auth_site
from host.isolation.throttle import ThrottledLog
from host.operation_log import PluginOperations
from host.plugin_api import Manifest, PluginContext, Site
from host.plugin_settings.stored import SchemaSettings
from host.registry.call_reader import CallReader
from host.registry.names import Names
from host.registry.parked import ParkedWork, PendingWork
from host.registry.people import site_users
from host.registry.plugin_database import PluginDatabase
from host.registry.ports import StoredBudget, StoredCounters, StoredLinks
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

    def build(self, manifest: Manifest) -> PluginContext:
        """What the plugin with this manifest is offered."""
        plugin, clock, database = manifest.name, self._clock, self._database
        work = ParkedWork(database, self._work, clock, plugin)
        settings, secrets = StoredSettings(database, plugin), StoredSecrets(database, plugin, self._sealer)
        config = SchemaSettings(settings, secrets, manifest.settings).load
        alarms = StoredAlarms(database, plugin, clock)
        budget = StoredBudget(database, plugin, self._site.timezone, clock)
        exclusively = partial(self._exclusive, plugin)
        return PluginContext(
            plugin=plugin,
            site=self._site,
            settings=settings,
            secrets=secrets,
            database=PluginDatabase(database, plugin),
            contact_book=self._names.of(plugin),
            calls=CallReader(database, plugin, self._site.url, clock, partial(self._names.nobody, plugin)),
            log=ThrottledLog(structlog.get_logger(plugin=plugin)),
            config=config,
            crm=StoredCrm(
                group=manifest.auth_group,
                secrets=secrets,
                budget=budget,
                alarms=alarms,
                exclusive=exclusively,
                site=partial(auth_site, self._site.url, plugin, config),
            ),
            links=StoredLinks(database, plugin, clock),
            budget=budget,
            count=StoredCounters(database, plugin, manifest.counters).count,
            alarms=alarms,
            exclusive=exclusively,
            resume_parked=work.resume_parked,
            backlog=work.backlog,
            parked=work.parked,
            drop_parked=work.drop_parked,
            aside=work,
            audit=partial(self._audit, plugin),
            operations=PluginOperations(database, plugin),
            jobs=StoredJobs(database, plugin, manifest.jobs, self._site.timezone, clock),
            users=lambda: site_users(database),
            clock=clock,
        )

    def _exclusive(self, plugin: str, name: str) -> AbstractContextManager[None]:
        return exclusive(self._database, f"plugin:{plugin}:{name}")

    def _audit(self, plugin: str, actor: str, action: str, detail: Mapping[str, Any]) -> None:
        with self._database.writing() as connection:
            log_operation(connection, at=self._clock(), actor=actor, area=plugin, action=action, detail=detail)
