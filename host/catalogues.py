"""Where the translations lie: each package that has texts for people brings a folder of them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def catalogue_folder(package: str) -> Path | None:
    """The folder `translations` of a package by its dotted name; None if there is no such package or folder."""
    spec = find_spec(package) if package else None
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "translations"
    return folder if folder.is_dir() else None
