"""What pip installed or removed since a process started: it is not loaded before the next start (R34)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from host.registry.loading import installed

Installation = Mapping[str, str]
"""The distributions that bring plugins, with their versions."""


@dataclass(frozen=True, slots=True)
class Change:
    """A distribution that is another than at the start. `before` or `now` is "" if it was, or is, not there."""

    distribution: str
    before: str
    now: str


def installation() -> Installation:
    """What is installed now."""
    return {point.dist.name: point.dist.version for point in installed() if point.dist}


def changes_since(start: Installation) -> list[Change]:
    """What is different now, by name."""
    now = installation()
    names = sorted({*start, *now})
    return [
        Change(name, start.get(name, ""), now.get(name, "")) for name in names if start.get(name, "") != now.get(name, "")
    ]
