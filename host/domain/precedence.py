"""Whose name is shown where several plugins know a number: a pure rule over the order an admin set (R33)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

FRESH = timedelta(days=30)
"""For so long a name stands against plugins further down; whoever goes on finding it writes it anew at each call."""


def may_replace(order: Sequence[str], plugin: str, shown_source: str, shown_at: datetime, now: datetime) -> bool:
    """Whether a name that `plugin` found takes the place of the one that is shown.

    Args:
        order: the plugins that are on, the first goes before the others.
        shown_source: who wrote the one that is shown; a person's, and that of a plugin which is off, is always replaced.
    """
    if shown_source == plugin or shown_source not in order:
        return True
    if plugin not in order:
        return False
    return order.index(plugin) < order.index(shown_source) or now - shown_at > FRESH


def heir(order: Sequence[str], claimants: Collection[str]) -> str | None:
    """Whose name is shown next, of the plugins that know one."""
    return next((plugin for plugin in order if plugin in claimants), None)
