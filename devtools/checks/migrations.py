"""The migrations build exactly the tables the models describe, those of the host and of every plugin here."""

from __future__ import annotations

import tempfile
from pathlib import Path

from host.registry import LoadedPlugin, installed, load_all
from host.storage.engine import Database
from host.storage.migrate import pending_changes, upgrade_tables


def migrations_behind_models() -> list[str]:
    """What a fresh, migrated database lacks or has too much, and every plugin that could not be asked."""
    plugins = load_all(installed())
    manifests = [plugin.manifest for plugin in plugins if isinstance(plugin, LoadedPlugin)]
    faults = [f"{plugin.name}: {plugin.reason}" for plugin in plugins if not isinstance(plugin, LoadedPlugin)]
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'check.sqlite3'}")
        upgrade_tables(database, manifests)
        faults += pending_changes(database, manifests)
        database.engine.dispose()
    return faults
