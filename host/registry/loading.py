"""Finds the installed plugins and loads them one at a time: each is loaded whole or quarantined (R33, R35)."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points

from host.isolation.probing import PROBE_SECONDS, Verdict, refused
from host.plugin_api import Manifest
from host.registry.checks import Implementation, checked
from host.registry.problems import Quarantined, Rejected
from host.sentences import Sentence

GROUP = "tsunagu.plugins"
OWN_DISTRIBUTION = "tsunagu"
SAFE_MODE = Sentence(
    "Tsunagu was started in safe mode, with its own plugins only. Its switch is kept and holds again after a start without "
    "TSUNAGU_SAFE_MODE."
)


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
    def is_foreign(self) -> bool:
        """Whether it comes with another distribution than Tsunagu's own."""
        return self.distribution not in ("", OWN_DISTRIBUTION)

    @property
    def hooks(self) -> tuple[str, ...]:
        return tuple(self.implementations)


Found = LoadedPlugin | Quarantined


def installed() -> list[EntryPoint]:
    """The entry points of plugins, in an order that does not depend on the installation."""
    return sorted(
        entry_points(group=GROUP), key=lambda point: (point.name, _distribution(point) != OWN_DISTRIBUTION, point.value)
    )


def load_all(
    points: Iterable[EntryPoint], *, safe_mode: bool = False, memory: int = 0, probe_seconds: float = PROBE_SECONDS
) -> list[Found]:
    """Every plugin, loaded or quarantined. Of two with one name the first is kept.

    Those of other distributions are imported for a try in processes of their own first.

    Args:
        safe_mode: leave those of other distributions out.
        memory: bytes of address space that one may take for its import; 0 is no limit.
        probe_seconds: how long an import may take.
    """
    first: dict[str, EntryPoint] = {}
    points = list(points)
    for point in points:
        first.setdefault(point.name, point)
    foreign = [point for point in first.values() if is_foreign(point)]
    tried = {} if safe_mode else refused(foreign, memory=memory, seconds=probe_seconds)
    return [_found(point, first[point.name], tried, safe_mode=safe_mode) for point in points]


def is_foreign(point: EntryPoint) -> bool:
    """Whether it comes with another distribution than Tsunagu's own."""
    return _distribution(point) not in ("", OWN_DISTRIBUTION)


def _found(point: EntryPoint, first: EntryPoint, tried: Mapping[str, Verdict], *, safe_mode: bool) -> Found:
    if point is not first:
        return _second(point, _distribution(first))
    if safe_mode and is_foreign(point):
        return _quarantined(point, SAFE_MODE, held_back=True)
    verdict = tried.get(point.name)
    return _quarantined(point, verdict.reason, verdict.detail) if verdict else load_one(point)


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


def _quarantined(point: EntryPoint, reason: Sentence, detail: str = "", *, held_back: bool = False) -> Quarantined:
    return Quarantined(
        name=point.name,
        distribution=_distribution(point),
        version=_version(point),
        reason=reason,
        detail=detail,
        held_back=held_back,
    )


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else ""


def _version(point: EntryPoint) -> str:
    return point.dist.version if point.dist else ""
