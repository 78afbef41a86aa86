"""Fixtures of the tests with a real Chromium, and which of them one test process runs alone.

What is started for them is started once for each test process that needs it. So all tests of the running installation go to
one process, and those of a module, which share a Chromium, stay together.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from browser_fixture import chromium, served
from connecting_fixture import live, signed_in, site

__all__ = ["chromium", "live", "served", "signed_in", "site"]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and item.path.parent == HERE:
            item.add_marker(pytest.mark.xdist_group("installation" if "signed_in" in item.fixturenames else item.path.stem))
