"""What the rules judge by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from host.testing.exhibit import Exhibit
from host.testing.rule import NotApplicable, NotShown
from host.testing.trial.record import Facts, Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A trial of the plugin that nobody has set up, and, if its author tells how, the plugin at work against its CRM."""

    trial: Trial
    exhibit: Exhibit | None = None

    @property
    def manifest(self) -> Facts:
        """What the plugin says of itself."""
        found = self.trial.one("contract")
        if found is None or found["rejected"]:
            raise NotShown("The plugin could not be loaded.")
        return found

    @property
    def hooks(self) -> Mapping[str, Any]:
        """Each hook the plugin has."""
        if not self.manifest["hooks"]:
            raise NotApplicable("The plugin has no hook.")
        return dict.fromkeys(self.manifest["hooks"])

    @property
    def shown(self) -> Exhibit:
        """The plugin at work; one without hooks has no work to show."""
        _ = self.hooks
        if self.exhibit is None:
            raise NotShown("Nobody told the kit how the plugin's CRM answers: give it a scenario (docs/testing-plugins.md).")
        return self.exhibit
