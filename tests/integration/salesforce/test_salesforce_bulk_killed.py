"""R20: kill -9 of the worker in the middle of a bulk fetch: another goes on, and asks one batch twice at most."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from host.config import Config
from host.plugin_api import JobRunView, JobState
from host.services import build_services, utc_now
from plugins.salesforce.bulk_fetch import JOB
from tests.integration.salesforce.bulk_nights import ended
from tests.integration.salesforce.conftest import ADMIN, SITE, Clock, Host, Org

MANY = [f"+8190{n:04d}{n * 7919 % 10000:04d}" for n in range(100)]
KNOWN = MANY[::2]
UNDISTURBED = 6
PATIENCE = 90.0


@dataclass
class Workers:
    """Worker processes on the host's database."""

    host: Host
    key: str
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> subprocess.Popen[bytes]:
        config = self.host.services.config
        environment = {
            **os.environ,
            "TSUNAGU_DATABASE_URL": config.database_url,
            "TSUNAGU_SECRET_KEY": config.secret_key,
            "TSUNAGU_ENCRYPTION_KEYS": self.key,
            "TSUNAGU_LEASE_SECONDS": "1",
        }
        log = (self.folder / f"worker{len(self.processes)}.log").open("wb")
        worker = subprocess.Popen([sys.executable, "-m", "host.cli", "worker"], env=environment, stdout=log, stderr=log)
        self.processes.append(worker)
        return worker

    def run(self) -> JobRunView:
        return self.host.context.jobs.runs(JOB.name, 1)[0]

    def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            logs = "\n".join(path.read_text()[-2000:] for path in sorted(self.folder.glob("worker*.log")))
            assert time.monotonic() < deadline, f"waited in vain: {self.run()}; {logs}"
            time.sleep(0.05)


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


def test_r20_kill_nine_in_the_middle(workers: Workers):
    host = workers.host
    host.connect("password")
    host.context.settings.write({"fetch": "bulk"})
    leads = [{"object": "Lead", "fields": {"LastName": n, "Company": n, "Phone": n}} for n in KNOWN]
    host.org.control("records", {"records": leads})
    host.org.control("faults", [{"kind": "delay", "seconds": 0.3, "match": {"path": "/search"}}])
    ended(host, *MANY)
    before = host.org.used()
    host.context.jobs.start(JOB.name, ADMIN)
    first = workers.start()
    workers.wait_for(lambda: workers.run().done >= 10)
    first.kill()
    first.wait()
    cut = workers.run()
    assert (cut.state, cut.done < cut.total) == (JobState.RUNNING, True), "killed in the middle"
    workers.start()
    workers.wait_for(lambda: workers.run().state is JobState.DONE)
    run = workers.run()
    assert (run.kept["found"], run.kept["missed"], run.total) == (len(KNOWN), len(MANY) - len(KNOWN), len(MANY))
    assert {number: host.entry(number).company for number in KNOWN} == {number: number for number in KNOWN}
    assert UNDISTURBED <= host.org.used() - before <= UNDISTURBED + 1
