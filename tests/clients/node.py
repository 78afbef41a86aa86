"""Running a script of this folder with Node against the sandbox."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def run_script(name: str, given: Any, ca_file: Path | None = None) -> Any:
    """Hand a script JSON on its standard input and return the JSON it writes."""
    node = shutil.which("node")
    assert node is not None
    environment = {**os.environ, **({"NODE_EXTRA_CA_CERTS": str(ca_file)} if ca_file else {})}
    for proxy in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        environment.pop(proxy, None)
    done = subprocess.run(
        [node, name],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        cwd=HERE,
        env=environment,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
