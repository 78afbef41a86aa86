"""Finds the browser for tests and pictures, or brings one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def executable() -> str | None:
    """The path of a Chromium: the machine's own, else the one Playwright has downloaded; None without either."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return _playwrights_own()


def bring() -> str | None:
    """Like `executable`, but installs one where there is none: the system's package where allowed, else a download."""
    if path := executable():
        return path
    if _may_install_packages():
        print("Installing Chromium with the system's packages …", flush=True)
        _run("apt-get", "update", "-q")
        _run("apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium", "fonts-noto-cjk")
    if not shutil.which("chromium"):
        print("Downloading Chromium with Playwright …", flush=True)
        _run(sys.executable, "-m", "playwright", "install", "chromium")
    return executable()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright  # takes half a second to import

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _may_install_packages() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _run(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment)
