"""How a plugin is watched: checks of its health, and what it counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from host.plugin_api.context import PluginContext


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """Whether something the plugin needs is there, such as its CRM.

    A worker runs it every ten minutes, and an admin by a button on the plugin's page; each within 10 seconds.

    Args:
        name: lower-case letters, digits and underscores.
        title: English text, translated by the plugin's catalogue.
        run: gives back a sentence on how it stands, or ""; raises a `PluginError` that says what is wrong and what to do.
    """

    name: str
    title: str
    run: Callable[[PluginContext], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Something the plugin counts, for Prometheus as `tsunagu_plugin_<plugin>_<name>_total`.

    `labels` are few, with few values each: never numbers, names or ids. `help` is English.
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()
