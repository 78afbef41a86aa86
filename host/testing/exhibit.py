"""A plugin at work against its CRM, as its scenario sets it up: each time on an installation of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from importlib.metadata import EntryPoint
from itertools import count
from pathlib import Path

from host.domain.settlement import AttemptResult
from host.plugin_api import Event
from host.testing.lab import HOOKS, Lab, Told
from host.testing.lab_clock import LabClock
from host.testing.rule import NotShown
from host.testing.scenario import Scenario
from host.testing.story import ORDINARY, Story
from host.testing.subject import Subject
from host.testing.wire import Sent, Trouble, Wire
from host.testing.workshop import companions, make_template, services_on

PATIENCE = 12
BETWEEN = timedelta(minutes=2)
"""How often a hook is called again, and how long after where it names no time."""


@dataclass(frozen=True, slots=True)
class Work:
    """The plugin, connected."""

    lab: Lab
    wire: Wire
    scenario: Scenario
    clock: LabClock
    history: list[tuple[str, Told]]

    def tell(self, hook: str, event: Event, what: str = "") -> Told:
        """Call a hook; what comes of it is kept for the rules about what is said and logged."""
        told = self.lab.tell(hook, event)
        self.history.append((what or hook, told))
        return told

    def tell_story(self, hook: str, story: Story = ORDINARY, call_id: str = "") -> Told:
        """Call a hook with an event of a call, a new one if none is given."""
        return self.tell(hook, self.lab.event(hook, call_id or self.lab.call(story), story))

    def tell_on(self, hook: str, event: Event) -> Told:
        """Call a hook as the host does: again, after a while, for as long as it asks for that."""
        told = self.tell(hook, event)
        for _ in range(PATIENCE):
            if told.result not in (AttemptResult.RETRY, AttemptResult.WAIT):
                break
            self.clock.wait(told.after or BETWEEN)
            told = self.tell(hook, event)
        return told

    def tell_in_trouble(self, hook: str, event: Event, trouble: Trouble, *, first: int = 0) -> tuple[Told, int]:
        """Call a hook while this goes wrong; also how many requests it sent."""
        before = len(self.wire.sent)
        with self.scenario.trouble(trouble, self.wire, first=first):
            told = self.tell(hook, event, f"{hook} under {trouble.value}")
        return told, len(self.wire.sent) - before


@dataclass(frozen=True, slots=True, kw_only=True)
class Fair:
    """What a hook did in fair weather."""

    told: Told
    sent: tuple[Sent, ...]


@dataclass
class Exhibit:
    """Makes the plugin work, as often as it is asked to."""

    subject: Subject
    name: str
    scenario: Scenario
    folder: Path
    history: list[tuple[str, Told]] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = count()

    @cached_property
    def _template(self) -> Path:
        path = self.folder / "exhibit.db"
        make_template(path, self._points)
        return path

    @cached_property
    def _points(self) -> list[EntryPoint]:
        return [*companions(self.name), self.subject.named(self.name)]

    @contextmanager
    def at_work(self) -> Iterator[Work]:
        """A fresh installation, connected to a fresh CRM; one at a time."""
        clock = LabClock()
        services = services_on(self.folder / f"work{next(self._numbers)}.db", self._template, self._points, clock)
        plugin = services.registry.get(self.name)
        if plugin is None:
            raise NotShown("The host does not load it.")
        lab, scenario = Lab(services, plugin), self.scenario
        with scenario.running():
            wire = Wire(scenario.answer, self.subject.package, scenario.secrets)
            with wire.tapped():
                scenario.connect(lab)
                wire.sent.clear()
                yield Work(lab, wire, scenario, clock, self.history)
            self.leaks.extend(wire.leaks)
        services.database.engine.dispose()

    @cached_property
    def fair(self) -> dict[str, Fair]:
        """Each hook, told of a call of its own in fair weather."""
        found: dict[str, Fair] = {}
        with self.at_work() as work:
            for hook in [name for name in HOOKS if name in work.lab.plugin.implementations]:
                before = len(work.wire.sent)
                told = work.tell_story(hook)
                found[hook] = Fair(told=told, sent=tuple(work.wire.sent[before:]))
        return found

    @property
    def asking(self) -> list[str]:
        """The hooks that ask the CRM something.

        Raises:
            NotShown: none does, though the plugin speaks HTTP.
        """
        if not self.scenario.speaks_http:
            return list(self.fair)
        hooks = [hook for hook, fair in self.fair.items() if fair.sent]
        if self.fair and not hooks:
            raise NotShown(
                "No request was seen. The kit sees HTTP that goes through the library requests; for another way "
                "override Scenario.trouble."
            )
        return hooks
