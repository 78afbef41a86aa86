"""Checks that are a tool of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from devtools.checks import ROOT

PLAIN = {**os.environ, "NO_COLOR": "1", "COLUMNS": "160"}


def faults_of(tool: str, *arguments: str) -> list[str]:
    """What a tool of this environment complains about, as it says it; nothing when its exit code is 0."""
    command = [str(Path(sys.executable).with_name(tool)), *arguments]
    reply = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=PLAIN)
    return (
        [] if reply.returncode == 0 else [(reply.stdout + reply.stderr).strip() or f"{tool}: exit code {reply.returncode}"]
    )
