"""R35, principle 2: kill -9 of a worker in the middle of a hook loses nothing and settles nothing twice."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from worker_processes import Line, Site, site

CALLS = 3
FACTS = 3


@pytest.fixture
def running_site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    with site(database_url, tmp_path) as built:
        yield built


@pytest.fixture
def postgres_site(new_postgres, migrated_postgres: str, tmp_path: Path) -> Iterator[Site]:
    with site(new_postgres(migrated_postgres), tmp_path) as built:
        yield built


def assert_settled_once_in_order(running: Site, call_ids: list[str]) -> None:
    for call_id in call_ids:
        views = running.deliveries(call_id)
        assert [view.state for view in views] == ["done"] * FACTS
        assert [view.attempts[-1].result for view in views] == ["done"] * FACTS
        assert {attempt.result for view in views for attempt in view.attempts[:-1]} <= {"interrupted"}
        lines = [line for line in running.record() if line.call == call_id]
        assert [line.fact for line in lines if line.what == "end"] == [view.fact_id for view in views]
        assert_one_at_a_time(lines)


def assert_one_at_a_time(lines: list[Line]) -> None:
    """Between two ends only the next fact was started, though perhaps more than once."""
    started: set[int] = set()
    for line in lines:
        if line.what == "start":
            started.add(line.fact)
            assert started == {line.fact}
        else:
            started.discard(line.fact)


def starts(running: Site) -> int:
    return sum(line.what == "start" for line in running.record())


def test_worker_killed_in_the_middle_and_started_again(running_site: Site) -> None:
    running_site.hold()
    call_ids = [running_site.publish_call(FACTS) for _ in range(CALLS)]
    first = running_site.start_worker()
    running_site.wait_for(lambda: starts(running_site) >= CALLS)
    first.kill()
    first.wait()
    assert [line for line in running_site.record() if line.what == "end"] == []
    running_site.let_go()
    running_site.start_worker()
    running_site.wait_for(lambda: running_site.left() == 0)
    assert_settled_once_in_order(running_site, call_ids)
    interrupted = [running_site.deliveries(call_id)[0].attempts[0] for call_id in call_ids]
    assert [attempt.result for attempt in interrupted] == ["interrupted"] * CALLS


def test_worker_killed_for_good_while_another_lives(running_site: Site) -> None:
    running_site.hold()
    call_ids = [running_site.publish_call(FACTS) for _ in range(CALLS)]
    first = running_site.start_worker()
    running_site.wait_for(lambda: starts(running_site) >= CALLS)
    second = running_site.start_worker()
    first.kill()
    first.wait()
    running_site.let_go()
    running_site.wait_for(lambda: running_site.left() == 0)
    assert second.poll() is None
    assert_settled_once_in_order(running_site, call_ids)


@pytest.mark.postgres
def test_worker_that_slept_longer_than_its_lease_changes_nothing(postgres_site: Site) -> None:
    postgres_site.hold()
    call_id = postgres_site.publish_call()
    sleeper = postgres_site.start_worker()
    postgres_site.wait_for(lambda: starts(postgres_site) == 1)
    sleeper.send_signal(signal.SIGSTOP)
    living = postgres_site.start_worker()
    postgres_site.wait_for(lambda: starts(postgres_site) == 2)
    postgres_site.let_go()
    postgres_site.wait_for(lambda: postgres_site.left() == 0)
    settled = postgres_site.deliveries(call_id)
    assert settled[0].message == f"by {living.pid}"
    assert [attempt.result for attempt in settled[0].attempts] == ["interrupted", "done"]
    sleeper.send_signal(signal.SIGCONT)
    postgres_site.wait_for(lambda: "taken for dead" in postgres_site.logs())
    postgres_site.wait_for(lambda: Line("end", settled[0].fact_id, call_id, sleeper.pid) in postgres_site.record())
    assert postgres_site.deliveries(call_id) == settled


def test_worker_told_to_stop_finishes_the_hook_it_runs(running_site: Site) -> None:
    running_site.hold()
    call_id = running_site.publish_call()
    worker = running_site.start_worker()
    running_site.wait_for(lambda: starts(running_site) == 1)
    worker.terminate()
    running_site.let_go()
    assert worker.wait(30) == 0
    (view,) = running_site.deliveries(call_id)
    assert [attempt.result for attempt in view.attempts] == ["done"]
