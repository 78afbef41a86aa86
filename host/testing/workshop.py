"""Scratch installations for the kit: a SQLite file that is migrated once, copied for each."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import EntryPoint
from pathlib import Path

from cryptography.fernet import Fernet

from host.config import Config
from host.registry import LoadedPlugin, installed, load_all
from host.registry.loading import OWN_DISTRIBUTION
from host.services import Services, build_services, utc_now
from host.storage.engine import Database
from host.storage.migrate import upgrade_tables

SITE_URL = "http://127.0.0.1:8000"
KEEPER = "contacts"
"""The contact book that comes with the host stands beside the plugin that is judged."""


def companions(name: str) -> list[EntryPoint]:
    """What is installed beside a plugin of this name."""
    ours = [point for point in installed() if point.dist is not None and point.dist.name == OWN_DISTRIBUTION]
    return [point for point in ours if point.name == KEEPER != name]


@contextmanager
def scratch_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tsunagu-check-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def make_template(path: Path, points: list[EntryPoint]) -> None:
    """A migrated database with the tables of the host and of these plugins, for `services_on` to copy."""
    manifests = [plugin.manifest for plugin in load_all(points) if isinstance(plugin, LoadedPlugin)]
    database = Database(_url(path))
    upgrade_tables(database, manifests)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.engine.dispose()


def services_on(path: Path, template: Path, points: list[EntryPoint], clock: Callable[[], datetime] = utc_now) -> Services:
    """The services of a fresh installation with these plugins, on a copy of the template."""
    shutil.copyfile(template, path)
    config = Config(
        database_url=_url(path),
        secret_key=Fernet.generate_key().decode(),
        encryption_keys=(Fernet.generate_key().decode(),),
        url=SITE_URL,
    )
    return build_services(config, clock=clock, plugins=points)


def _url(path: Path) -> str:
    return f"sqlite:///{path}"
