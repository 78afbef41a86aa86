"""Where each plugin's hooks and jobs run: in a process of its own or in the worker, as chosen, else by who made it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from sqlalchemy import Connection, select

from host.registry.loading import LoadedPlugin
from host.sentences import Sentence
from host.storage.engine import Database
from host.storage.process_tables import plugin_processes
from host.storage.upsert import upsert

FRESH_SECONDS = 1.0
OWN_PROCESS, IN_WORKER = Sentence("in a process of its own"), Sentence("in the worker’s process")


def read_choices(connection: Connection) -> Mapping[str, bool]:
    """By plugin, whether an admin chose a process of its own; those of which nobody chose are not in it."""
    return {row.plugin: row.own for row in connection.execute(select(plugin_processes))}


def write_choice(connection: Connection, plugin: str, *, own: bool) -> None:
    """Keep what an admin chose."""
    upsert(connection, plugin_processes, {"plugin": plugin}, {"own": own})


def has_own_process(plugin: LoadedPlugin, choices: Mapping[str, bool]) -> bool:
    """As chosen; else a plugin that does not come with Tsunagu has one."""
    return choices.get(plugin.name, plugin.is_foreign)


class Placement:
    """The choices as this process knows them, at most `FRESH_SECONDS` old."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._choices: Mapping[str, bool] = {}
        self._read_at = float("-inf")

    def is_apart(self, plugin: LoadedPlugin) -> bool:
        """Whether the next call of this plugin goes to a process of its own."""
        with self._lock:
            if time.monotonic() - self._read_at >= FRESH_SECONDS:
                with self._database.reading() as connection:
                    self._choices = read_choices(connection)
                self._read_at = time.monotonic()
            return has_own_process(plugin, self._choices)
