"""Finds the installed plugins and loads them one at a time: each is loaded whole or quarantined (R33, R35)."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points

from host.plugin_api import Manifest
from host.registry.checks import Implementation, checked
from host.registry.problems import Quarantined, Rejected
from host.sentences import Sentence

GROUP = "tsunagu.plugins"
OWN_DISTRIBUTION = "tsunagu"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPlugin:
    """A plugin that keeps the contract. `hooks` are the names it implements."""

    name: str
    manifest: Manifest
    plugin: object = field(repr=False)
    distribution: str
    version: str
    implementations: Mapping[str, Implementation] = field(repr=False)

    @property
    def hooks(self) -> tuple[str, ...]:
        return tuple(self.implementations)


Found = LoadedPlugin | Quarantined


def installed() -> list[EntryPoint]:
    """The entry points of plugins, in an order that does not depend on the installation."""
    return sorted(
        entry_points(group=GROUP), key=lambda point: (point.name, _distribution(point) != OWN_DISTRIBUTION, point.value)
    )


def load_all(points: Iterable[EntryPoint]) -> list[Found]:
    """Every plugin, loaded or quarantined. Of two with one name the first is kept."""
    found: list[Found] = []
    taken: dict[str, str] = {}
    for point in points:
        found.append(_second(point, taken[point.name]) if point.name in taken else load_one(point))
        taken.setdefault(point.name, _distribution(point))
    return found


def load_one(point: EntryPoint) -> Found:
    """This plugin, loaded or quarantined with the reason."""
    try:
        plugin = point.load()
        manifest, implementations = checked(point.name, plugin)
    except Rejected as rejected:
        return _quarantined(point, rejected.sentence)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plugin does while it is imported, the host starts
        return _quarantined(point, _import_failed(point, error), _places(error))
    return LoadedPlugin(
        name=point.name,
        manifest=manifest,
        plugin=plugin,
        distribution=_distribution(point),
        version=_version(point),
        implementations=implementations,
    )


def _import_failed(point: EntryPoint, error: BaseException) -> Sentence:
    kind = type(error).__name__
    if isinstance(error, SystemExit):
        return Sentence("%(module)s ends the program while it is imported (SystemExit).", module=point.value)
    if isinstance(error, (ImportError, AttributeError, SyntaxError)):
        reason = f"{kind}: {error}"
        return Sentence("%(module)s cannot be imported: %(reason)s.", module=point.value, reason=reason)
    return Sentence("%(module)s fails while it is imported: %(kind)s.", module=point.value, kind=kind)


def _places(error: BaseException) -> str:
    """Where it failed: files and lines, not the message, which could hold a secret."""
    frames = traceback.extract_tb(error.__traceback__)
    return "\n".join(
        f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames if "importlib" not in frame.filename
    )


def _second(point: EntryPoint, keeper: str) -> Quarantined:
    there = Sentence(
        "A plugin named “%(name)s” is already there, from %(keeper)s. Uninstall one of the two.",
        name=point.name,
        keeper=keeper,
    )
    return _quarantined(point, there)


def _quarantined(point: EntryPoint, reason: Sentence, detail: str = "") -> Quarantined:
    return Quarantined(
        name=point.name, distribution=_distribution(point), version=_version(point), reason=reason, detail=detail
    )


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else ""


def _version(point: EntryPoint) -> str:
    return point.dist.version if point.dist else ""
