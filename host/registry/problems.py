"""What can be wrong with a plugin, for the caller of the registry."""

from __future__ import annotations

from dataclasses import dataclass

from host.sentences import Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A plugin that is installed and is not loaded. `reason` is a sentence, `detail` where it happened.

    `held_back`: nothing is known to be wrong with it; it was left out on purpose.
    """

    name: str
    distribution: str
    version: str
    reason: Sentence
    detail: str = ""
    held_back: bool = False


class Rejected(Exception):
    """A plugin does not keep the contract; `sentence` tells the admin."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class PluginUnknown(Exception):
    """No plugin of this name is installed."""

    def __init__(self, name: str) -> None:
        super().__init__(Sentence("No plugin named “%(name)s” is installed.", name=name))


class PluginQuarantined(Exception):
    """The plugin cannot be switched on: it could not be loaded."""

    def __init__(self, plugin: Quarantined) -> None:
        super().__init__(
            Sentence(
                "“%(name)s” could not be loaded and cannot be switched on: %(reason)s",
                name=plugin.name,
                reason=plugin.reason,
            )
        )
