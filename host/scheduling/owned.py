"""All jobs that this process knows, of the host and of the plugins it loaded, with who they belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from host.domain.schedule import Plan
from host.plugin_api import JobRun
from host.registry.loading import LoadedPlugin
from host.registry.switches import enabled_among
from host.scheduling.declared import HOST, plan_of
from host.scheduling.host_jobs import HOST_JOBS

if TYPE_CHECKING:
    from host.services import Services

Key = tuple[str, str]
"""Owner and name of a job."""


@dataclass(frozen=True, slots=True)
class OwnedJob:
    """A job with its owner. `plan` is None for one that is only started by hand; `plugin` is None for one of the host."""

    owner: str
    name: str
    plan: Plan | None
    work: Callable[[JobRun], object]
    plugin: LoadedPlugin | None = None

    @property
    def key(self) -> Key:
        return self.owner, self.name

    def is_on(self, connection: Connection) -> bool:
        """Whether it may run: the host's may always, a plugin's while that is switched on."""
        return self.plugin is None or bool(enabled_among(connection, [self.plugin]))


def owned_jobs(services: Services) -> Mapping[Key, OwnedJob]:
    """The jobs by owner and name."""
    zone = services.config.timezone
    own = [OwnedJob(HOST, job.name, plan_of(job, zone), partial(job.run, services)) for job in HOST_JOBS]
    theirs = [
        OwnedJob(
            plugin.name,
            job.name,
            plan_of(job, zone),
            partial(job.run, services.registry.context(plugin.name)),
            plugin,
        )
        for plugin in services.registry.loaded
        for job in plugin.manifest.jobs
    ]
    return {job.key: job for job in (*own, *theirs)}
