"""Which plugin is to be judged, and where its parts lie."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from host.registry import installed

UNINSTALLED = ""


class SubjectUnknown(Exception):
    """There is no such plugin; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A plugin by its entry point: `value` is "package.module:attribute".

    `name` is the entry point's name, "" for one that is not installed: then the manifest's counts. `path` are folders to
    be put in front of `sys.path`. `namesakes` are other distributions that install a plugin of the same name.
    """

    value: str
    name: str = ""
    distribution: str = UNINSTALLED
    version: str = ""
    path: tuple[str, ...] = ()
    namesakes: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        return self.value.partition(":")[0]

    @property
    def package(self) -> str:
        """The package that is the plugin: its module's, so that `plugins.salesforce.plugin` is `plugins.salesforce`."""
        parent, _, last = self.module.rpartition(".")
        return self.module if not parent or last.startswith("_") else parent

    def named(self, name: str) -> EntryPoint:
        """The entry point to load it by."""
        return EntryPoint(self.name or name, self.value, "tsunagu.plugins")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Subject:
        return cls(**{**value, "path": tuple(value["path"]), "namesakes": tuple(value["namesakes"])})


def installed_subject(name: str) -> Subject:
    """The installed plugin of this name.

    Raises:
        SubjectUnknown: there is none.
    """
    points = [point for point in installed() if point.name == name]
    if not points:
        raise SubjectUnknown(
            f"No plugin named “{name}” is installed. Give its name as in `tsunagu plugins list`, "
            "or --module package.module:object."
        )
    dists = [point.dist for point in points]
    first, *others = [(dist.name if dist else "", dist.version if dist else "") for dist in dists]
    return Subject(
        value=points[0].value,
        name=name,
        distribution=first[0],
        version=first[1],
        namesakes=tuple(distribution for distribution, _ in others),
    )


def source_files(package: str) -> Iterator[Path]:
    """The Python files of an imported package, or the one file of a module."""
    module = sys.modules.get(package)
    origin = getattr(module, "__file__", None)
    if origin is None:
        return
    if hasattr(module, "__path__"):
        yield from sorted(Path(origin).parent.rglob("*.py"))
    else:
        yield Path(origin)
