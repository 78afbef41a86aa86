"""Installs the examples by pip into a folder of their own, so that tests can have them and a running Tsunagu has not."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "TSUNAGU_TEST_EXAMPLES"
"""Where the installed examples are, in the environment of the tests."""


def install(name: str, target: Path) -> Path:
    """Build the example from its sources and install it into `target`, without its dependencies and without a network."""
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / name
        left_out = shutil.ignore_patterns("build", "*.egg-info", "__pycache__", ".pytest_cache")
        shutil.copytree(ROOT / "examples" / name, source, ignore=left_out)
        options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
        command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(source)]
        subprocess.run(command, check=True)
    return target


def install_afresh() -> Path:
    """All examples, in a folder beside the environment's packages."""
    target = Path(sys.prefix) / "examples"
    shutil.rmtree(target, ignore_errors=True)
    return install("acme_crm", target)
