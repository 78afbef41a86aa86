"""The org through Salesforce's own command line; only where asked for, its packages take minutes and 300 MB."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox.server import RunningSandbox
from tests.clients.node import HERE
from tests.integration.sandbox.dance import Dance

pytestmark = pytest.mark.sf
PROGRAM = HERE / "sf" / "node_modules" / "@salesforce" / "cli" / "bin" / "run.js"
QUIET = ("SF_DISABLE_TELEMETRY", "SF_AUTOUPDATE_DISABLE", "SF_SKIP_NEW_VERSION_CHECK", "SF_DISABLE_LOG_FILE",
         "SF_USE_GENERIC_UNIX_KEYCHAIN", "SFDX_DISABLE_DNS_CHECK")  # fmt: skip


@pytest.fixture
def sf(sandbox: RunningSandbox, tmp_path: Path) -> Callable[..., Any]:
    """Run ``sf`` with a home of its own and return its exit code and JSON."""
    node = shutil.which("node")
    assert node is not None
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= dict.fromkeys(QUIET, "true")
    environment |= {"HOME": str(tmp_path), "NODE_EXTRA_CA_CERTS": str(sandbox.ca_file)}
    environment["SF_ACCESS_TOKEN"] = Dance(sandbox.http_url).connect()["access_token"]

    def run(*words: str) -> tuple[int, Any]:
        command = [node, str(PROGRAM), *words, "--json"]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=90, check=False
        )
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    return run


def test_sf_logs_in_asks_describes_and_writes(sandbox: RunningSandbox, sf: Callable[..., Any]) -> None:
    code, told = sf("org", "login", "access-token", "--instance-url", sandbox.https_url, "--no-prompt", "--alias", "box")
    assert code == 0, told
    assert told["result"]["username"] == "integration@tsunagu-demo.example"
    where = ("--target-org", "box")
    code, told = sf(
        "data", "query", *where, "--query", "SELECT Name, Account.Name FROM Contact WHERE MobilePhone = '090-1234-5678'"
    )
    assert code == 0, told
    assert [(row["Name"], row["Account"]["Name"]) for row in told["result"]["records"]] == [
        ("山田 太郎", "株式会社青空商事")
    ]
    code, told = sf("sobject", "describe", *where, "--sobject", "Task")
    assert "CallDurationInSeconds" in [field["name"] for field in told["result"]["fields"]]
    code, told = sf("data", "create", "record", *where, "--sobject", "Task", "--values", "Subject=Call")
    assert told["result"]["success"] is True
    code, told = sf("data", "query", *where, "--query", "SELECT Nope FROM Contact")
    assert (code, told["name"]) == (1, "INVALID_FIELD")
