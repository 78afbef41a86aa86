"""Real worker processes with a recording plugin that is really installed, and what tests ask of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy import func, insert, select

from host.config import Config
from host.delivery import DeliveryView, deliveries_of
from host.domain.ids import new_call_id
from host.isolation.placement import write_choice
from host.services import Services, build_services, utc_now
from host.storage.tables import calls, deliveries

RECORDER = """
import json, os, time
from pathlib import Path
from datetime import timedelta
from host.plugin_api import Done, Manifest, ScheduledJob
from hookspecs import hookimpl

FOLDER = Path(os.environ["RECORDER_FOLDER"])


def note(what, event):
    line = json.dumps({"what": what, "fact": event.fact_id, "call": event.call.id, "pid": os.getpid()}) + "\\n"
    descriptor = os.open(FOLDER / "record", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line.encode())
    os.close(descriptor)


STEPS = 6


def count(context, run):
    # in the middle it stands still while it is held, deaf or listening
    for step in range(run.kept.get("step", 0), STEPS):
        while step == STEPS // 2 and (FOLDER / "hold").exists():
            time.sleep(0.02)
            if not (FOLDER / "deaf").exists() and run.stopping():
                return None
        step_line = json.dumps({"step": step, "pid": os.getpid()}) + "\\n"
        descriptor = os.open(FOLDER / "steps", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, step_line.encode())
        os.close(descriptor)
        run.keep({"step": step + 1}, done=step + 1, total=STEPS)
    return Done(summary=f"by {os.getpid()}")


class Recorder:
    manifest = Manifest(
        name="recorder", title="Recorder", version="1", jobs=(ScheduledJob(name="count", title="Count", run=count),)
    )

    @hookimpl
    def on_call_end(self, context, event):
        note("start", event)
        while (FOLDER / "hold").exists():
            time.sleep(0.02)
        note("end", event)
        return Done(summary=f"by {os.getpid()}")


plugin = Recorder()
"""
WORKER = ("-m", "host.cli", "worker")
PATIENCE = 60.0


@dataclass(frozen=True)
class Line:
    """One line the plugin wrote."""

    what: str
    fact: int
    call: str
    pid: int


class Site:
    """A database, an installed recording plugin, and the workers a test starts."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.folder = folder
        self._install()
        self._key = Fernet.generate_key().decode()
        self.config = Config(database_url=database_url, secret_key="s" * 32, encryption_keys=(self._key,), lease_seconds=1.0)
        self._workers: list[subprocess.Popen[bytes]] = []
        self.services = self._services()
        with self.services.database.writing() as connection:
            write_choice(connection, "recorder", own=False)  # the tests are about the workers, and look at their numbers

    def _install(self) -> None:
        package = self.folder / "site"
        information = package / "recorder-1.dist-info"
        information.mkdir(parents=True)
        (package / "recorder_plugin.py").write_text(RECORDER)
        (information / "METADATA").write_text("Metadata-Version: 2.1\nName: recorder\nVersion: 1\n")
        (information / "entry_points.txt").write_text("[tsunagu.plugins]\nrecorder = recorder_plugin:plugin\n")

    def _services(self) -> Services:
        sys.path.insert(0, str(self.folder / "site"))
        os.environ["RECORDER_FOLDER"] = str(self.folder)
        try:
            return build_services(self.config, plugins=[EntryPoint("recorder", "recorder_plugin:plugin", "tsunagu.plugins")])
        finally:
            sys.path.remove(str(self.folder / "site"))
            sys.modules.pop("recorder_plugin", None)

    def environment(self) -> dict[str, str]:
        """What a process of this site is started with."""
        return {
            **os.environ,
            "PYTHONPATH": str(self.folder / "site"),
            "RECORDER_FOLDER": str(self.folder),
            "TSUNAGU_DATABASE_URL": self.config.database_url,
            "TSUNAGU_SECRET_KEY": self.config.secret_key,
            "TSUNAGU_ENCRYPTION_KEYS": self._key,
            "TSUNAGU_LEASE_SECONDS": "1",
        }

    def start_worker(self) -> subprocess.Popen[bytes]:
        log = (self.folder / f"worker{len(self._workers)}.log").open("wb")
        worker = subprocess.Popen([sys.executable, *WORKER], env=self.environment(), stdout=log, stderr=log)
        self._workers.append(worker)
        return worker

    def stop(self) -> None:
        for worker in self._workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGCONT)
                worker.kill()
            worker.wait()
        self.services.database.engine.dispose()

    def hold(self) -> None:
        """Hooks that start now do not end until `let_go`."""
        (self.folder / "hold").touch()

    def let_go(self) -> None:
        (self.folder / "hold").unlink()

    def publish_call(self, facts: int = 1) -> str:
        """A new call with so many facts for the plugin."""
        call_id = new_call_id(utc_now())
        with self.services.database.writing() as connection:
            connection.execute(insert(calls).values(**call_row(call_id)))
        for _ in range(facts):
            with self.services.database.writing() as connection:
                self.services.publisher.publish(connection, call_id, "on_call_end", {"refetch": True})
        return call_id

    def record(self) -> list[Line]:
        path = self.folder / "record"
        lines = path.read_text().splitlines() if path.exists() else []
        return [Line(**json.loads(line)) for line in lines]

    def deliveries(self, call_id: str) -> list[DeliveryView]:
        with self.services.database.reading() as connection:
            return deliveries_of(connection, call_id)

    def left(self) -> int:
        """How many deliveries are not done."""
        query = select(func.count()).select_from(deliveries).where(deliveries.c.state != "done")
        with self.services.database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def logs(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("worker*.log")))

    def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain; {self.left()} left; {self.logs()[-4000:]}"
            time.sleep(0.05)


def call_row(call_id: str) -> dict[str, object]:
    """A call that has ended."""
    now = utc_now()
    return {
        "id": call_id,
        "source": "test",
        "source_call_id": call_id,
        "state": "ended",
        "direction": "inbound",
        "number": "+81312345678",
        "raw_number": "0312345678",
        "agents": [],
        "transfers": [],
        "stamps": {},
        "started_at": now,
        "created_at": now,
        "updated_at": now,
    }


@contextmanager
def site(database_url: str, folder: Path) -> Iterator[Site]:
    built = Site(database_url, folder)
    try:
        yield built
    finally:
        built.stop()
