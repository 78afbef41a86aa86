"""What every process of the host is made of: web, worker and command line build the same thing here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import EntryPoint

from host.config import Config
from host.delivery.dialling import Dialling
from host.delivery.jobs import JobQueue
from host.delivery.publisher import Publisher
from host.isolation.processes import MIB, PluginProcesses
from host.registry import LoadedPlugin, Registry, installed, load_all
from host.registry.loading import Found
from host.security.sealing import Sealer
from host.storage.engine import Database


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """The parts, built once per process."""

    config: Config
    database: Database
    clock: Callable[[], datetime]
    sealer: Sealer
    registry: Registry
    publisher: Publisher
    dialling: Dialling
    processes: PluginProcesses


def build_services(
    config: Config, *, clock: Callable[[], datetime] = utc_now, plugins: Iterable[EntryPoint] | None = None
) -> Services:
    """Load the plugins and connect the parts. Nothing is read from or written to the database yet.

    Args:
        plugins: the entry points of the plugins to load; those that are installed, if not given.
    """
    points = installed() if plugins is None else plugins
    found = load_all(points, safe_mode=config.safe_mode, memory=config.plugin_memory_mib * MIB)
    return connect(config, found, clock)


def connect(config: Config, found: Sequence[Found], clock: Callable[[], datetime] = utc_now) -> Services:
    """As `build_services`, with plugins that were loaded already."""
    database = Database(config.database_url)
    sealer = Sealer(config.encryption_keys)
    loaded = [plugin for plugin in found if isinstance(plugin, LoadedPlugin)]
    publisher = Publisher(loaded, JobQueue(database.engine), clock)
    dialling = Dialling(loaded, publisher, clock)
    registry = Registry(found, config=config, database=database, sealer=sealer, clock=clock, work=publisher, clicks=dialling)
    processes = PluginProcesses(config, database, loaded)
    return Services(config, database, clock, sealer, registry, publisher, dialling, processes)
