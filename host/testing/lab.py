"""A scratch installation with one plugin in it, whose hooks are called as a worker calls them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, make_dataclass, replace
from datetime import timedelta
from typing import Any

from host.connections.connecting import begin, method_named
from host.delivery.events import Fact, build_event
from host.delivery.publisher import ADD_FACT
from host.domain.settlement import AttemptResult
from host.plugin_api import Agent, ContactEntry, Event, Match, PluginContext, SignIn
from host.plugin_settings.stored import SchemaSettings
from host.registry import LoadedPlugin
from host.registry.caller import PluginCaller
from host.services import Services
from host.testing.eavesdropping import Overheard, listening
from host.testing.story import ORDINARY, Story, store_call, write_analysis, write_memo

HOOKS = ("on_click_to_call", "on_call_end", "on_memo_saved", "on_analysis_done")
"""In the order in which a call meets them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a hook made of an event. `result` is what the host takes it for; `overheard` what was logged meanwhile."""

    result: AttemptResult
    message: str
    seconds: float
    api_calls: int = 0
    after: timedelta | None = None
    hanging: bool = False
    match: Match | None = None
    overheard: Overheard = field(default_factory=Overheard)

    @property
    def finished(self) -> bool:
        return self.result in (AttemptResult.DONE, AttemptResult.SKIPPED)


class Lab:
    """The host with the plugin, on a database of its own."""

    def __init__(self, services: Services, plugin: LoadedPlugin) -> None:
        self.services = services
        self.plugin = plugin
        self.context: PluginContext = services.registry.context(plugin.name)
        self._caller = PluginCaller(plugin)

    def shortened(self, seconds: float) -> Lab:
        """The same, with so long a deadline at most."""
        deadline = min(self.plugin.manifest.deadline_seconds, seconds)
        return Lab(self.services, replace(self.plugin, manifest=replace(self.plugin.manifest, deadline_seconds=deadline)))

    def configure(self, **values: Any) -> None:
        """Set the plugin's settings as an admin does on its page.

        Raises:
            ValueError: the plugin's schema does not take them.
        """
        entered = SchemaSettings(self.context.settings, self.context.secrets, self.plugin.manifest.settings).save(values)
        if entered.errors:
            raise ValueError(f"The settings are not taken: {dict(entered.errors)}")

    def connect(self, method: str, **credentials: str) -> None:
        """Connect the plugin by one of its auth methods, one that needs no browser.

        Raises:
            ValueError: the method sends the browser to the CRM.
            PluginError: it cannot be connected.
        """
        found = method_named(self.plugin.manifest.auth_group, method)
        if isinstance(begin(self.context, found, credentials, "admin@example.com"), SignIn):
            raise ValueError(f"{method} sends the browser to the CRM. Take one that connects at once.")  # noqa: TRY004 - a wrong choice

    def call(self, story: Story = ORDINARY) -> str:
        """A call that is over; gives back its id."""
        with self.services.database.writing() as connection:
            return store_call(connection, story, self.services.clock())

    def event(self, hook: str, call_id: str, story: Story = ORDINARY) -> Event:
        """What this hook is called with: the memo and the analysis are written first where it is about them."""
        now = self.services.clock()
        with self.services.database.writing() as connection:
            if hook == "on_memo_saved":
                write_memo(connection, call_id, story.memo, now)
            if hook == "on_analysis_done":
                write_analysis(connection, call_id, now)
            detail = {**_details(story).get(hook, {}), **(story.detail if hook == "on_call_end" else {})}
            values = {"call_id": call_id, "hook": hook, "detail": detail, "occurred_at": now}
            fact_id: int = connection.execute(ADD_FACT, values).scalar_one()
            fact = Fact(id=fact_id, call_id=call_id, hook=hook, detail=detail, occurred_at=now)
            return build_event(connection, fact, self.services.config.url)

    def tell(self, hook: str, event: Event, context: PluginContext | None = None) -> Told:
        """Call the plugin's hook with this event, and with another context than the usual one if that is given."""
        began = time.monotonic()
        with listening() as overheard:
            outcome = self._caller.call(hook, context or self.context, event)
        attempt = outcome.attempt
        return Told(
            result=attempt.result,
            message=attempt.message,
            seconds=time.monotonic() - began,
            api_calls=attempt.api_calls,
            after=attempt.after,
            hanging=self._caller.hanging > 0,
            match=outcome.match,
            overheard=overheard,
        )

    def tell_story(self, hook: str, story: Story = ORDINARY) -> Told:
        """Call the hook with an event of a new call."""
        return self.tell(hook, self.event(hook, self.call(story), story))

    def entry(self, number: str) -> ContactEntry | None:
        """What the contact book holds under this number."""
        return self.context.contact_book.entries([number]).get(number)


def from_a_newer_host(event: Event) -> Event:
    """The same event as a later release might send it: it and its call have a field that nobody here knows."""
    newer: Event = _grown(replace(event, call=_grown(event.call)))
    return newer


def _grown(value: Any) -> Any:
    newer = make_dataclass(
        type(value).__name__, [("from_a_newer_host", str, "")], bases=(type(value),), frozen=True, slots=True, kw_only=True
    )
    return newer(**{each.name: getattr(value, each.name) for each in fields(value)}, from_a_newer_host="unknown")


def _details(story: Story) -> Mapping[str, Mapping[str, Any]]:
    number = str(story.call.get("number", "") or story.call.get("raw_number", "") or "09012345678")
    return {
        "on_click_to_call": {"number": number, "extension": Agent(extension="101").extension},
        "on_memo_saved": {"origin": "phone"},
    }
