"""Passes on what a plugin's process writes to its standard output and error: line by line, held back when it floods."""

from __future__ import annotations

import sys
import threading
from typing import IO

import structlog

from host.isolation.throttle import LineBudget

LONGEST_LINE = 16 * 1024


def relay(plugin: str, output: IO[bytes]) -> None:
    """Copy lines to this process's standard error until there are no more; in a thread of its own."""
    threading.Thread(target=_copy, args=(plugin, output), name=f"output of {plugin}", daemon=True).start()


def _copy(plugin: str, output: IO[bytes]) -> None:
    budget = LineBudget()
    log = structlog.get_logger(__name__)
    with output:
        while line := output.readline(LONGEST_LINE):
            left_out = budget.spend()
            if left_out:
                log.warning("this plugin floods the log; lines were left out", plugin=plugin, lines=left_out)
            if left_out is not None:
                sys.stderr.write(line.decode(errors="replace").rstrip("\n") + "\n")
