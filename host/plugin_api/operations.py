"""The operation log, as a plugin reads and writes it: who did what, when, and what was there before and after (R18)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Changed:
    """A value of a line's detail that was changed. Pages show “before → after”.

    Both are JSON values: None, a number, a text, a list of texts. A text marked for the plugin's catalogue, or a `Sentence`,
    is translated where it is shown. Of a secret only "changed" or "kept" is told, as a plain value.
    """

    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One line of the log. `area` is one of the host's, or a plugin's name; `detail` are values and `Changed`s by label."""

    id: int
    happened_at: datetime
    actor: str
    area: str
    action: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationPage:
    """Lines, newest first. `before` asks for the ones behind them; None when there are none."""

    operations: Sequence[Operation]
    before: int | None


class Operations(Protocol):
    """The lines of the site's operation log that are about this plugin; written by `PluginContext.audit`."""

    def find(
        self,
        *,
        actor: str = "",
        action: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> OperationPage:
        """One page of the lines, newest first.

        Args:
            actor: a part of a name.
            action: a whole action, as `actions` gives them.
            since, until: from the one moment on, and up to the other, which is not part of it (UTC).
            before: `OperationPage.before` of the page shown last.
        """
        ...

    def actions(self) -> Sequence[str]:
        """What has been done so far, for a list to choose from."""
        ...


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Changed]:
    """What differs between two sets of values, for a line's detail; a name that is missing on one side is None there."""
    names = [*before, *(name for name in after if name not in before)]
    both = {name: Changed(before.get(name), after.get(name)) for name in names}
    return {name: change for name, change in both.items() if change.before != change.after}
