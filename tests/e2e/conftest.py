"""Fixtures of the tests with a real Chromium; the running installation is started once for each test process."""

from __future__ import annotations

from browser_fixture import chromium, served
from connecting_fixture import live, signed_in, site

__all__ = ["chromium", "live", "served", "signed_in", "site"]
