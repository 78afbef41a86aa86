"""The installed plugins of one process, and the switch of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

from sqlalchemy import Connection

from host.config import Config
from host.domain.settlement import ParkedFor
from host.isolation.placement import IN_WORKER, OWN_PROCESS, write_choice
from host.plugin_api import Changed, ContactBook, PluginContext
from host.registry.contact_books import NoContactBook, SiteContactBook
from host.registry.contexts import ContextBuilder
from host.registry.guarded_book import GuardedBook
from host.registry.loading import Found, LoadedPlugin
from host.registry.missed_names import register_missed
from host.registry.names import Names, name_givers
from host.registry.order import in_order, write_order
from host.registry.parked import PendingWork
from host.registry.problems import PluginQuarantined, PluginUnknown, Quarantined
from host.registry.states import PluginState, read_states
from host.registry.switches import enabled_among, off_since, write_switch
from host.security.sealing import Sealer
from host.storage.engine import Database
from host.storage.operations import log_operation


class PendingClicks(Protocol):
    """What the registry needs of dialling: to end the calls that wait for a plugin which was switched off."""

    def give_up(self, connection: Connection) -> int: ...


class Registry:
    """All installed plugins: loaded ones and quarantined ones."""

    def __init__(
        self,
        found: Sequence[Found],
        *,
        config: Config,
        database: Database,
        sealer: Sealer,
        clock: Callable[[], datetime],
        work: PendingWork,
        clicks: PendingClicks,
    ) -> None:
        self._found = tuple(found)
        self.loaded = tuple(plugin for plugin in found if isinstance(plugin, LoadedPlugin))
        self.quarantined = tuple(plugin for plugin in found if isinstance(plugin, Quarantined))
        self._by_name = {plugin.name: plugin for plugin in self.loaded}
        self._database = database
        self._clock = clock
        self._work = work
        self._clicks = clicks
        self.givers = name_givers(self.loaded)
        self.names = Names(
            database=database,
            book=SiteContactBook(self.contact_book),
            rivals=len(self.givers) > 1,
            order=self._givers_on,
            clock=clock,
        )
        builder = ContextBuilder(config, database, sealer, clock, self.names, work)
        self._contexts = {plugin.name: builder.build(plugin.manifest) for plugin in self.loaded}
        self._books: dict[str, ContactBook] = {}

    def get(self, name: str) -> LoadedPlugin | None:
        """The loaded plugin of this name."""
        return self._by_name.get(name)

    def context(self, name: str) -> PluginContext:
        """What the host offers this plugin.

        Raises:
            PluginUnknown, PluginQuarantined: it is not loaded.
        """
        return self._contexts[self._known(name).name]

    def contact_book(self) -> ContactBook:
        """The contact book in use: of the first enabled plugin that keeps one, else one that knows nobody."""
        keepers = [plugin for plugin in self.loaded if plugin.manifest.contact_book]
        with self._database.reading() as connection:
            enabled = enabled_among(connection, keepers)
        return self._book_of(enabled[0]) if enabled else NoContactBook()

    def is_enabled(self, name: str) -> bool:
        """Whether this plugin is loaded and switched on, now."""
        plugin = self.get(name)
        if plugin is None:
            return False
        with self._database.reading() as connection:
            return bool(enabled_among(connection, [plugin]))

    def states(self) -> list[PluginState]:
        """How all installed plugins stand."""
        with self._database.reading() as connection:
            return read_states(connection, self._found)

    def set_enabled(self, name: str, enabled: bool, by: str, *, drop: bool = False) -> int:
        """Switch a plugin on or off, in every process at once (R34). Off parks what waits for it, on lets that go again.

        A contact book is also given the names that were matched while it was off.

        Args:
            drop: when it is switched on, what was parked while it was off is done with instead.

        Returns:
            How many deliveries were parked, let go or dropped.

        Raises:
            PluginUnknown, PluginQuarantined: it is not loaded.
        """
        plugin = self._known(name)
        with self._database.writing() as connection:
            now = self._clock()
            was_off_since = off_since(connection, name)
            write_switch(connection, name, enabled=enabled, at=now, by=by)
            done, moved = self._on(connection, name, by, drop=drop) if enabled else self._off(connection, name)
            action = "enabled" if enabled else "disabled"
            detail = {"plugin": name, done: moved}
            log_operation(connection, at=now, actor=by, area="plugins", action=action, detail=detail)
        if enabled and was_off_since and plugin.manifest.contact_book:
            register_missed(self._database, self._book_of(plugin), was_off_since, self.order())
        return moved

    def set_own_process(self, name: str, own: bool, by: str) -> None:
        """Have a plugin run in a process of its own, or in the worker's, from its next call on (R35).

        Raises:
            PluginUnknown, PluginQuarantined: it is not loaded.
        """
        self._known(name)
        with self._database.writing() as connection:
            write_choice(connection, name, own=own)
            detail = {"plugin": name, "runs": OWN_PROCESS if own else IN_WORKER}
            log_operation(connection, at=self._clock(), actor=by, area="plugins", action="process chosen", detail=detail)

    def order(self) -> list[str]:
        """The plugins that find names, the first goes before the others."""
        with self._database.reading() as connection:
            return [plugin.name for plugin in in_order(connection, self.givers)]

    def move(self, name: str, place: int, by: str) -> None:
        """Give a plugin that finds names this place among them, counted from 0; names that wait for it are shown at once.

        Raises:
            PluginUnknown: it is not loaded, or finds no names.
        """
        with self._database.writing() as connection:
            before = [plugin.name for plugin in in_order(connection, self.givers)]
            if name not in before:
                raise PluginUnknown(name)
            after = [one for one in before if one != name]
            after.insert(max(0, place), name)
            if after == before:
                return
            write_order(connection, after)
            detail = {"plugin": name, "order": Changed(before, after)}
            log_operation(connection, at=self._clock(), actor=by, area="plugins", action="moved", detail=detail)
        self.names.settle()

    def _on(self, connection: Connection, name: str, by: str, *, drop: bool) -> tuple[str, int]:
        dropped = self._work.drop_switched_off(connection, name, by) if drop else 0
        released = self._work.release(connection, name, (ParkedFor.DISABLED,))  # its jobs go on in any case
        return ("dropped", dropped) if drop else ("released", released)

    def _off(self, connection: Connection, name: str) -> tuple[str, int]:
        parked = self._work.park(connection, name)
        self._clicks.give_up(connection)
        return "parked", parked

    def _givers_on(self) -> list[str]:
        with self._database.reading() as connection:
            return [plugin.name for plugin in in_order(connection, enabled_among(connection, self.givers))]

    def _known(self, name: str) -> LoadedPlugin:
        plugin = self.get(name)
        if plugin is not None:
            return plugin
        for quarantined in self.quarantined:
            if quarantined.name == name:
                raise PluginQuarantined(quarantined)
        raise PluginUnknown(name)

    def _book_of(self, plugin: LoadedPlugin) -> ContactBook:
        if plugin.name not in self._books and plugin.manifest.contact_book:
            context = self.context(plugin.name)
            build = partial(plugin.manifest.contact_book, context)
            self._books[plugin.name] = GuardedBook(plugin.name, build, context.alarms) if plugin.is_foreign else build()
        return self._books[plugin.name]
