"""How far a bulk fetch is: what a later attempt of the same run goes on from (R20)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from plugins.salesforce.domain.bulk_window import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One run.

    Args:
        window: the calls it takes.
        after: the last number that was searched for; numbers are taken in order.
        waiting: numbers which the search index did not find and which are still to be queried.
        total: numbers in all; None before they are counted.
        found, missed: numbers that are through, by whether a record holds them.
        changed: entries of the contact book that were written and say something else than before.
        api_calls: spent so far, in all attempts.
        most: numbers asked for at once, if the org could not take as many as fit; else 0.
    """

    window: Window
    after: str = ""
    waiting: tuple[str, ...] = ()
    total: int | None = None
    found: int = 0
    missed: int = 0
    changed: int = 0
    api_calls: int = 0
    most: int = 0

    @property
    def done(self) -> int:
        return self.found + self.missed

    def to_json(self) -> dict[str, Any]:
        window = {"since": self.window.since.isoformat(), "until": self.window.until.isoformat()}
        return {**asdict(self), "waiting": list(self.waiting), "window": window}


def progress_from(kept: Mapping[str, Any]) -> Progress | None:
    """What `Progress.to_json` gave; None for a run that has kept nothing yet."""
    if not kept:
        return None
    known = {field.name for field in fields(Progress)}
    values = {name: value for name, value in kept.items() if name in known}
    window = Window(**{name: datetime.fromisoformat(value) for name, value in kept["window"].items()})
    return Progress(**{**values, "window": window, "waiting": tuple(kept["waiting"])})
