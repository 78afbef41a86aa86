"""Which test process holds a plugin against the rules: the trial of a plugin is long, and its rules are read from it."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == HERE and item.path.stem.startswith("test_conformance"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
