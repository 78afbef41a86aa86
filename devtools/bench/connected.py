"""A scratch installation that is connected with a sandbox org of its own, and what it has delivered so far."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import text

from devtools.bench.events import ended_calls
from devtools.bench.installed import PASSWORD, installed
from devtools.bench.load import fire
from devtools.bench.scratch import Scratch
from devtools.installation.connect import connect
from devtools.installation.environment import SOURCE, Installation
from devtools.installation.parts import OrgAccess, start_org, start_web, start_worker
from devtools.installation.processes import Processes
from host.storage.engine import Database

PATIENCE = 300.0
SETTLED = "SELECT count(*) FROM deliveries WHERE plugin = 'salesforce' AND state IN ('done', 'skipped', 'failed')"


@dataclass(frozen=True, slots=True)
class Connected:
    """A running installation.

    `database` is for looking at what has become of its calls; `kill_workers` ends all workers at once, with SIGKILL, and
    starts as many new ones.
    """

    installation: Installation
    org: OrgAccess
    database: Database
    kill_workers: Callable[[], None]

    @property
    def credentials(self) -> dict[str, str]:
        """What is typed in to connect with ID and password."""
        return {"username": self.org.username, "password": self.org.password, "security_token": self.org.security_token}

    def org_call(self, path: str, body: dict[str, Any] | list[Any] | None = None) -> Any:
        """The org's own control interface: no API call is counted for it."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.installation.org_url + "/__sandbox__/" + path, data)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=120) as reply:
            return json.load(reply)

    def api_calls(self) -> int:
        """What the org has counted so far."""
        return int(self.org_call("usage")["used"])

    def send(self, numbers: Sequence[str]) -> None:
        """Calls with these numbers end, all at once."""
        secret, port = self.installation.event_secret, self.installation.web_port
        fire(port, list(ended_calls(numbers, secret, port, f"asterisk:{SOURCE}")))

    def settled(self) -> int:
        """How many calls Salesforce's plugin is through with."""
        with self.database.reading() as connection:
            return int(connection.execute(text(SETTLED)).scalar_one())

    def wait_for(self, settled: int) -> None:
        """
        Raises:
            TimeoutError: they are not settled after five minutes.
        """
        deadline = time.monotonic() + PATIENCE
        while self.settled() < settled:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.settled()} of {settled} calls were delivered after {PATIENCE:.0f} s")
            time.sleep(0.2)


@contextmanager
def connected(scratch: Scratch, kind: str, workers: int = 1, *, signs_in: bool = True) -> Iterator[Connected]:
    """Start org, web server and workers, and connect them; `signs_in=False` leaves the connecting to the caller."""
    installation = installed(scratch, kind)
    with Processes(installation.folder / "log") as processes:
        org = start_org(processes, installation, seed="empty")
        installation = replace(installation, client_id=org.client_id, client_secret=org.client_secret)
        start_web(processes, installation)
        if signs_in:
            connect(installation, PASSWORD, org.username, org.password)
        names = [f"worker {number + 1}" for number in range(workers)]
        living = [start_worker(processes, installation, name) for name in names]

        def kill_workers() -> None:
            for worker in living:
                worker.process.kill()
                worker.process.wait()
            living[:] = [start_worker(processes, installation, name) for name in names]

        yield Connected(installation, org, scratch.opened(installation.database_url), kill_workers)
