"""The docs build as a site without a warning, and no page of it loads anything from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from devtools.checks import ROOT

ELSEWHERE = re.compile(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=\"(?:https?:)?//[^\"]*\"[^>]*>")
QUIET = {**os.environ, "NO_COLOR": "1", "NO_MKDOCS_2_WARNING": "1"}


def faults_of_site() -> list[str]:
    """What is wrong with the site, built into a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        return built(Path(folder) / "site")


def built(target: Path) -> list[str]:
    """Build it; gives back what is wrong."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(target)]
    reply = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=QUIET)
    if reply.returncode != 0:
        lines = (reply.stdout + reply.stderr).splitlines()
        return [line for line in lines if line.strip() and not line.startswith("INFO")]
    return list(brought_from_elsewhere(target))


def brought_from_elsewhere(site: Path) -> Iterator[str]:
    """Each page's scripts, styles and pictures that another server would be asked for."""
    for page in sorted(site.rglob("*.html")):
        for found in ELSEWHERE.findall(page.read_text(encoding="utf-8")):
            if 'rel="canonical"' not in found:
                yield f"{page.relative_to(site)} loads something from elsewhere: {found}"
