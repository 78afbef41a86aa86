"""The environment of a process that the host starts for plugins: it finds the same modules."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping


def environment() -> Mapping[str, str]:
    """This process's own, with its module path, to which `python -P` adds no folder.

    Of a thread no address space is reserved, which memory limits count.
    """
    path = [entry or str(os.getcwd()) for entry in sys.path]  # noqa: PTH109 - as the interpreter means an empty entry
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path), "MALLOC_ARENA_MAX": "2"}
