"""What can be wrong with a plugin, for the caller of the registry."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A plugin that is installed and cannot be loaded. `reason` is a sentence, `detail` where it happened."""

    name: str
    distribution: str
    version: str
    reason: str
    detail: str = ""


class Rejected(Exception):
    """A plugin does not keep the contract; the message is a sentence for the admin."""


class PluginUnknown(Exception):
    """No plugin of this name is installed."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No plugin named “{name}” is installed.")


class PluginQuarantined(Exception):
    """The plugin cannot be switched on: it could not be loaded."""

    def __init__(self, plugin: Quarantined) -> None:
        super().__init__(f"“{plugin.name}” could not be loaded and cannot be switched on: {plugin.reason}")
