"""Finds the scenario of a plugin: the one its author installed with it, or one that is named."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from host.testing.scenario import Scenario

SCENARIOS_GROUP = "tsunagu.scenarios"
"""Entry points named like the plugin, each a `Scenario`."""


class ScenarioUnusable(Exception):
    """The scenario cannot be had; the message says why."""


def scenario_of(name: str) -> Scenario | None:
    """What the plugin of this name installs; None if it installs none.

    Raises:
        ScenarioUnusable: it cannot be imported, or is none.
    """
    points = [point for point in entry_points(group=SCENARIOS_GROUP) if point.name == name]
    return _loaded(points[0]) if points else None


def scenario_named(value: str) -> Scenario:
    """The scenario at "package.module:object".

    Raises:
        ScenarioUnusable: it cannot be imported, or is none.
    """
    return _loaded(EntryPoint("scenario", value, SCENARIOS_GROUP))


def _loaded(point: EntryPoint) -> Scenario:
    try:
        found = point.load()
    except (ImportError, AttributeError) as error:
        raise ScenarioUnusable(f"The scenario {point.value} cannot be imported: {error}.") from error
    made = found() if isinstance(found, type) else found
    if not isinstance(made, Scenario):
        raise ScenarioUnusable(f"{point.value} is no host.testing.Scenario.")
    return made
