"""Plugins of other distributions, installed into a folder as pip would have done it."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

from host.registry import installed


def install(folder: Path, name: str, source: str, version: str = "1.0") -> None:
    """Write the module and its metadata; the folder has to be on `sys.path`. The distribution is `dist-<name>`."""
    (folder / f"{name}_module.py").write_text(source)
    information = folder / f"dist_{name}-{version}.dist-info"
    information.mkdir(exist_ok=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: dist-{name}\nVersion: {version}\n")
    (information / "entry_points.txt").write_text(f"[tsunagu.plugins]\n{name} = {name}_module:plugin\n")


def found_in(folder: Path) -> list[EntryPoint]:
    """The entry points of the plugins installed there."""
    return [point for point in installed() if point.dist and Path(str(point.dist.locate_file(""))) == folder]
