"""The job engine, DBOS: the only module that knows it. A job means: deliver what one plugin is due of one call."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from uuid import uuid4

from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy import Connection, Engine, make_url

APPLICATION = "tsunagu"
VERSION = "1"  # constant: jobs hold two names and survive every release
WORKFLOW = "deliver"
QUEUE_PREFIX = "deliveries-"
UNFINISHED = ["ENQUEUED", "DELAYED", "PENDING"]
FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
BATCH = 500

logging.getLogger("dbos").setLevel(logging.WARNING)


def queue_of(plugin: str) -> str:
    """Each plugin has a queue of its own, so that one that is slow never takes the slots of another (R35)."""
    return f"{QUEUE_PREFIX}{plugin}"


def prepare_tables(url: str) -> None:
    """Create or bring up to date the engine's own tables, in the same database as ours."""
    DBOS.migrate(make_url(url).render_as_string(hide_password=False))


class JobQueue:
    """Adds jobs inside the caller's own transaction: a job is there if and only if what it is about is."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, connection: Connection, plugin: str, call_id: str, delay: timedelta | None = None) -> None:
        """Deliver to this plugin what is due of this call, at once or after `delay`."""
        options: EnqueueOptions = {
            "workflow_name": WORKFLOW,
            "queue_name": queue_of(plugin),
            "workflow_id": f"{_prefix(plugin, call_id)}{uuid4().hex}",
            "queue_partition_key": f"{plugin}:{call_id}",
            "app_version": VERSION,
        }
        if delay is not None:
            options["delay_seconds"] = max(delay.total_seconds(), 0.0)
        self._client.enqueue_in_transaction(connection, options, plugin, call_id)

    @cached_property
    def _client(self) -> DBOSClient:
        return DBOSClient(
            system_database_engine=self._engine,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APPLICATION,
            lazy=True,
        )


def _as_function(deliver: Callable[[str, str], None]) -> Callable[[str, str], None]:
    """DBOS writes attributes onto what it registers, which a bound method does not allow."""

    def job(plugin: str, call_id: str) -> None:
        deliver(plugin, call_id)

    return job


def _prefix(plugin: str, call_id: str) -> str:
    return f"{plugin}:{call_id}:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """A job whose worker is gone."""

    id: str
    queue: str


class JobRunner:
    """Runs jobs in this process, until stopped.

    Args:
        engine: for the job engine's own use; on SQLite its transactions must begin IMMEDIATE.
        executor_id: unique to this start of this worker.
        deliver: what a job does; called with plugin and call id, in one of `slots` threads per plugin.
    """

    def __init__(self, engine: Engine, executor_id: str, deliver: Callable[[str, str], None]) -> None:
        self._config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_engine": engine,
            "system_database_url": "sqlite:///unused" if engine.dialect.name == "sqlite" else "postgresql://unused/unused",
            "executor_id": executor_id,
            "application_version": VERSION,
            "serializer": DBOSPortableJSONSerializer(),
            "run_migrations": False,
            "log_level": "WARNING",
        }
        self._deliver = deliver

    def start(self, plugins: Collection[str], *, slots: int, poll_seconds: float) -> None:
        """Take jobs of these plugins, each in up to `slots` threads."""
        DBOS(config=self._config)
        DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)(_as_function(self._deliver))
        DBOS.listen_queues([queue_of(plugin) for plugin in plugins])
        DBOS.launch()
        for plugin in plugins:
            DBOS.register_queue(
                queue_of(plugin),
                partition_concurrency=1,
                worker_concurrency=slots,
                polling_interval_sec=poll_seconds,
                on_conflict="always_update",
            )

    def stop(self, patience_seconds: int) -> None:
        """Take no more jobs; wait for those under way, at most this long."""
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=patience_seconds)

    def orphans(self, living: Collection[str], plugins: Iterable[str]) -> list[Orphan]:
        """Jobs of these plugins that are marked as running in a process that is not among the living executor ids."""
        queues = [queue_of(plugin) for plugin in plugins]
        running = DBOS.list_workflows(status="PENDING", queue_name=queues, load_input=False, load_output=False)
        return [Orphan(id=job.workflow_id, queue=job.queue_name or "") for job in running if job.executor_id not in living]

    def take_over(self, orphans: Collection[Orphan]) -> None:
        """Put these jobs back into their queues."""
        by_queue: Mapping[str, list[str]] = {queue: [] for queue in {orphan.queue for orphan in orphans}}
        for orphan in orphans:
            by_queue[orphan.queue].append(orphan.id)
        for queue, ids in by_queue.items():
            DBOS.resume_workflows(ids, queue_name=queue)

    def without_job(self, pairs: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
        """Those of the pairs of plugin and call for which no job waits or runs."""
        if not pairs:
            return []
        prefixes = [_prefix(plugin, call_id) for plugin, call_id in pairs]
        jobs = DBOS.list_workflows(workflow_id_prefix=prefixes, status=UNFINISHED, load_input=False, load_output=False)
        busy = {tuple(job.workflow_id.split(":")[:2]) for job in jobs}
        return [pair for pair in pairs if pair not in busy]

    def forget(self, before: datetime) -> int:
        """Delete up to `BATCH` jobs that were over before this time; gives back how many."""
        over = DBOS.list_workflows(
            status=FINISHED, completed_before=before.isoformat(), limit=BATCH, load_input=False, load_output=False
        )
        if over:
            DBOS.delete_workflows([job.workflow_id for job in over])
        return len(over)
