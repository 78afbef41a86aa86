"""Worker processes and a web server on the database of a host beside an empty org, on both databases."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import func, select

from devtools.installation.ports import is_open
from host.config import Config
from host.services import build_services, utc_now
from host.storage.tables import workers as worker_rows
from tests.integration.salesforce.conftest import SITE, Clock, Host, Org

PATIENCE = 150.0
QUICK_WORKER = Path(__file__).with_name("quick_worker.py")


@dataclass
class Workers:
    """Worker processes on the host's database, and a web server if one is wanted."""

    host: Host
    key: str
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> subprocess.Popen[bytes]:
        return self._start("-m", "host.cli", "worker")

    def start_quick(self, begun: str, speed: str) -> subprocess.Popen[bytes]:
        """A worker whose clock goes so many times faster since then."""
        return self._start(str(QUICK_WORKER), begun, speed)

    def start_ready(self, count: int) -> None:
        """So many workers, which are ready for work."""
        for _ in range(count):
            self.start()
        self.wait_for(lambda: self._ready() == count)

    def start_web(self) -> str:
        """A web server that answers; gives back its address."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        self._start("-m", "host.cli", "web", "--port", str(port), "--workers", "1")
        self.wait_for(lambda: is_open(port))
        return f"http://127.0.0.1:{port}"

    def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            logs = "\n".join(path.read_text()[-2000:] for path in sorted(self.folder.glob("process*.log")))
            assert time.monotonic() < deadline, f"waited in vain: {logs}"
            time.sleep(0.05)

    def _ready(self) -> int:
        with self.host.services.database.reading() as connection:
            return connection.scalar(select(func.count()).select_from(worker_rows)) or 0

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        config = self.host.services.config
        environment = {
            **os.environ,
            "TSUNAGU_DATABASE_URL": config.database_url,
            "TSUNAGU_SECRET_KEY": config.secret_key,
            "TSUNAGU_ENCRYPTION_KEYS": self.key,
            "TSUNAGU_LEASE_SECONDS": "1",
        }
        with (self.folder / f"process{len(self.processes)}.log").open("wb") as log:
            line = [sys.executable, *command]
            self.processes.append(subprocess.Popen(line, env=environment, stdout=log, stderr=log))
        return self.processes[-1]


@pytest.fixture
def workers(org: Org, database_url: str, tmp_path: Path) -> Iterator[Workers]:
    org.control("reset", {"seed": "empty"})
    key = Fernet.generate_key().decode()
    config = Config(database_url=database_url, secret_key="s" * 40, encryption_keys=(key,), url=SITE, lease_seconds=1.0)
    services = build_services(config)
    started = Workers(Host(services, org, Clock(utc_now())), key, tmp_path)
    yield started
    for process in started.processes:
        process.kill()
        process.wait()
    services.database.engine.dispose()
