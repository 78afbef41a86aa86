"""A run of a job that the kit makes up: it can be told to stop after so many steps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(slots=True)
class TriedRun:
    """A `host.plugin_api.JobRun`. `stop_after`: so many steps, None for never; `unstorable`: something was no JSON."""

    stop_after: int | None = None
    id: int = 1
    due_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    kept: Mapping[str, Any] = field(default_factory=dict)
    unstorable: bool = False
    _steps: int = 0

    def keep(self, state: Mapping[str, Any], *, done: int, total: int, message: str = "", api_calls: int = 0) -> None:  # noqa: ARG002 - the interface's
        """Store the state as the host does: as JSON."""
        self._steps += 1
        try:
            self.kept = json.loads(json.dumps(dict(state), allow_nan=False))
        except (TypeError, ValueError):
            self.unstorable = True

    def stopping(self) -> bool:
        return self.stop_after is not None and self._steps >= self.stop_after
