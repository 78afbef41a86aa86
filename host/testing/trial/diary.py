"""How the child tells its parent what it is doing: one line of JSON for each step begun and for each done."""

from __future__ import annotations

import json
import os
from typing import Any

_IN_WORDS = json.JSONEncoder(default=str).encode  # held fast: the plugin may replace what json.dumps is


class Diary:
    """The writing end of the pipe to the parent."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def begin(self, kind: str, what: str = "", *, seconds: float = 20.0) -> None:
        """From now on the child does this; the parent ends it if nothing more is heard for so long."""
        self._write({"begin": f"{kind} {what}".strip(), "seconds": seconds})

    def done(self, kind: str, **facts: Any) -> None:
        self._write({"kind": kind, "facts": facts})

    def _write(self, line: dict[str, Any]) -> None:
        data = _IN_WORDS(line).encode() + b"\n"
        while data:
            data = data[os.write(self._descriptor, data) :]
