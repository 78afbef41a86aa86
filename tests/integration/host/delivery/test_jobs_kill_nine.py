"""R20: kill -9 of a worker in the middle of a job: the next one goes on where it was, and it ends exactly once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from worker_processes import Site, site

from host.plugin_api import JobRunView, JobState
from host.storage.job_tables import job_runs

STEPS = 6


@pytest.fixture
def running_site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    with site(database_url, tmp_path) as built:
        yield built


def newest(running: Site) -> JobRunView:
    return running.services.registry.context("recorder").jobs.runs("count", 1)[0]


def steps(running: Site) -> list[dict[str, int]]:
    path = running.folder / "steps"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def start_held(running: Site) -> None:
    running.hold()
    running.services.registry.context("recorder").jobs.start("count", "tests")


def assert_ended_once_by(running: Site, pid: int) -> None:
    running.wait_for(lambda: newest(running).finished_at is not None)
    run = newest(running)
    assert (run.state, run.message, run.done, run.total) == (JobState.DONE, f"by {pid}", STEPS, STEPS)
    assert [step["step"] for step in steps(running)] == list(range(STEPS))
    assert len(running.services.registry.context("recorder").jobs.runs("count")) == 1


def test_r20_killed_in_the_middle_and_started_again(running_site: Site) -> None:
    (running_site.folder / "deaf").touch()
    start_held(running_site)
    first = running_site.start_worker()
    running_site.wait_for(lambda: newest(running_site).done == STEPS // 2)
    first.kill()
    first.wait()
    running_site.let_go()
    second = running_site.start_worker()
    assert_ended_once_by(running_site, second.pid)
    assert {step["pid"] for step in steps(running_site)[STEPS // 2 :]} == {second.pid}


def test_r20_killed_for_good_while_another_worker_lives(running_site: Site) -> None:
    (running_site.folder / "deaf").touch()
    start_held(running_site)
    first = running_site.start_worker()
    running_site.wait_for(lambda: newest(running_site).done == STEPS // 2)
    second = running_site.start_worker()
    first.kill()
    first.wait()
    running_site.let_go()
    assert_ended_once_by(running_site, second.pid)


def test_r20_sigterm_puts_the_run_back_and_the_next_worker_goes_on(running_site: Site) -> None:
    start_held(running_site)
    first = running_site.start_worker()
    running_site.wait_for(lambda: newest(running_site).done == STEPS // 2)
    first.terminate()
    assert first.wait(30) == 0
    assert newest(running_site).state is JobState.WAITING
    with running_site.services.database.reading() as connection:
        row = connection.execute(select(job_runs)).one()
    assert (row.attempts, row.interruptions, row.claim) == (0, 0, None)
    running_site.let_go()
    assert_ended_once_by(running_site, running_site.start_worker().pid)
