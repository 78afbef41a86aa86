"""Brings the Salesforce clients from npm that the sandbox org is tested with: a folder of their own, exact versions."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

CLIENTS = Path(__file__).resolve().parents[1] / "tests" / "clients"
SF_WANTED = "TSUNAGU_TEST_SF"
_INSTALL = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
_STAMP = ".tsunagu-stamp"


def node_is_there() -> bool:
    """Whether this machine has Node and its package manager at all."""
    return shutil.which("node") is not None and shutil.which("npm") is not None


def bring() -> bool:
    """Install jsforce and the SOQL parser where Node is present; tells whether they are there."""
    return node_is_there() and _install(CLIENTS)


def bring_sf() -> bool:
    """Install Salesforce's command line, but only if asked for: it takes minutes and 300 MB."""
    return sf_is_wanted() and node_is_there() and _install(CLIENTS / "sf")


def sf_is_wanted() -> bool:
    return os.environ.get(SF_WANTED, "") == "1"


def _install(folder: Path) -> bool:
    """Make the folder's packages those of its lock file; nothing happens if they are."""
    stamp = folder / "node_modules" / _STAMP
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return True
    print(f"Installing the packages of {folder.relative_to(CLIENTS.parents[1])} with npm …", flush=True)
    done = subprocess.run(_INSTALL, cwd=folder, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    if done.returncode == 0:
        stamp.write_text(wanted)
    return done.returncode == 0
