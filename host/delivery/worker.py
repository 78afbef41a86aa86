"""The worker process: delivers until it is told to stop (`tsunagu worker`)."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import structlog
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from host.delivery.announcer import Announcer
from host.delivery.deliverer import Deliverer
from host.delivery.jobs import JobRunner
from host.delivery.membership import Membership, new_worker_id
from host.delivery.pump import Pump
from host.delivery.single_worker import only_worker
from host.delivery.upkeep import Upkeep
from host.mail.postman import Postman
from host.registry.installation import Installation, installation
from host.scheduling.scheduler import Scheduler
from host.services import Services
from host.storage.engine import make_job_engine

BEATS_PER_LEASE = 3
SWEEP_SECONDS = 30.0
FORGET_EVERY = 120  # sweeps: once an hour
PATIENCE_SECONDS = 20  # for hooks and jobs under way when the worker is told to stop

log = structlog.get_logger(__name__)


def run_worker(services: Services) -> None:
    """Deliver until SIGTERM or SIGINT; hooks under way get `PATIENCE_SECONDS` to finish.

    Any number of workers may run on PostgreSQL. On SQLite one of them runs and the others stand by.
    """
    stopping = threading.Event()
    with _stopped_by_signals(stopping):
        if not services.database.is_sqlite:
            _run(services, stopping)
            return
        with only_worker(_lock_file(services.database.url), stopping) as running:
            if running:
                _run(services, stopping)


def _run(services: Services, stopping: threading.Event) -> None:
    """Live one life after another: a worker that was taken for dead while it slept, or lost a part, begins anew."""
    left = 0
    known = installation()
    while not stopping.is_set():
        left += _Life(services, known).live(stopping)
    if left and threading.current_thread() is threading.main_thread():
        os._exit(0)  # threads of hooks that did not end in time would keep the process; their work is run again


class _Life:
    """One worker from its first heartbeat to its last."""

    def __init__(self, services: Services, known: Installation) -> None:
        config = services.config
        self._known = known
        self._services = services
        self._membership = Membership(services.database, new_worker_id(), config.lease_seconds)
        self._deliverer = Deliverer(services, self._membership)
        self._engine = make_job_engine(config.database_url)
        self._runner = JobRunner(self._engine, self._membership.worker, self._deliverer.deliver)
        self._upkeep = Upkeep(services, self._membership, self._runner)
        self._postman = Postman(services, self._membership)
        self._announcer = Announcer(services, self._membership)
        self._over = threading.Event()
        self._scheduler = Scheduler(services, self._membership, self._over)

    def live(self, stopping: threading.Event) -> int:
        """Live until told to stop, taken for dead or maimed; gives back how many hooks and jobs it left unfinished."""
        config = self._services.config
        self._membership.join(self._known)
        plugins = [plugin.name for plugin in self._services.registry.loaded if plugin.hooks]
        self._runner.start(plugins, slots=config.worker_slots, poll_seconds=config.poll_seconds)
        log.info("worker started", worker=self._membership.worker, plugins=plugins, slots=config.worker_slots)
        pump = Pump(self._services.database, self._engine, plugins)
        helpers = (
            threading.Thread(target=self._keep, name="upkeep", daemon=True),
            threading.Thread(target=pump.run, args=(self._over, config.poll_seconds), name="pump", daemon=True),
            threading.Thread(
                target=self._announcer.run, args=(self._over, config.poll_seconds), name="announcer", daemon=True
            ),
            threading.Thread(target=self._scheduler.run, name="scheduler", daemon=True),
            threading.Thread(target=self._postman.run, args=(self._over,), name="postman", daemon=True),
        )
        for helper in helpers:
            helper.start()
        while self._beat() and _all_go_on(helpers) and not stopping.wait(config.lease_seconds / BEATS_PER_LEASE):
            pass
        return self._end(helpers)

    def _beat(self) -> bool:
        try:
            if self._membership.beat():
                self._take_over()
                return True
        except SQLAlchemyError as error:
            log.warning("heartbeat failed", error=type(error).__name__)
            return True
        log.warning("this worker was taken for dead; it begins anew", worker=self._membership.worker)
        return False

    def _take_over(self) -> None:
        taken = self._upkeep.take_over()
        if taken:
            log.warning("took over the jobs of a worker that is gone", jobs=taken)

    def _keep(self) -> None:
        rounds = 0
        while not self._over.is_set():
            try:
                added = self._upkeep.sweep()
                if added:
                    log.warning("found work that had no job", jobs=added)
                if rounds % FORGET_EVERY == 0:
                    self._upkeep.forget()
            except SQLAlchemyError as error:
                log.warning("upkeep failed", error=type(error).__name__)
            rounds += 1
            self._over.wait(SWEEP_SECONDS)

    def _end(self, helpers: Iterable[threading.Thread]) -> int:
        self._over.set()
        deadline = time.monotonic() + PATIENCE_SECONDS
        for helper in helpers:
            helper.join(timeout=PATIENCE_SECONDS)
        self._runner.stop(PATIENCE_SECONDS)
        left = self._deliverer.running + self._scheduler.wait(until=deadline)
        self._services.processes.close()
        self._membership.leave()
        self._engine.dispose()
        log.info("worker stopped", worker=self._membership.worker, left_unfinished=left)
        return left


def _all_go_on(helpers: Iterable[threading.Thread]) -> bool:
    """Whether all still run. One that a bug has ended would be missed silently, so the worker begins anew."""
    ended = [helper.name for helper in helpers if not helper.is_alive()]
    if ended:
        log.error("a part of this worker has ended; it begins anew", parts=ended)
    return not ended


def _lock_file(url: str) -> Path:
    return Path(f"{make_url(url).database}.worker")


@contextmanager
def _stopped_by_signals(stopping: threading.Event) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
