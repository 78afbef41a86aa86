"""R20: kill -9 of the worker in the middle of a bulk fetch: another goes on, and asks one batch twice at most."""

from __future__ import annotations

from host.plugin_api import JobRunView, JobState
from plugins.salesforce.bulk_fetch import JOB
from tests.integration.salesforce.bulk_nights import ended
from tests.integration.salesforce.conftest import ADMIN
from tests.integration.salesforce.salesforce_processes import Workers, workers

__all__ = ["workers"]

MANY = [f"+8190{n:04d}{n * 7919 % 10000:04d}" for n in range(100)]
KNOWN = MANY[::2]
UNDISTURBED = 6


def newest(workers: Workers) -> JobRunView:
    return workers.host.context.jobs.runs(JOB.name, 1)[0]


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
    workers.wait_for(lambda: newest(workers).done >= 10)
    first.kill()
    first.wait()
    cut = newest(workers)
    assert (cut.state, cut.done < cut.total) == (JobState.RUNNING, True), "killed in the middle"
    workers.start()
    workers.wait_for(lambda: newest(workers).state is JobState.DONE)
    run = newest(workers)
    assert (run.kept["found"], run.kept["missed"], run.total) == (len(KNOWN), len(MANY) - len(KNOWN), len(MANY))
    assert {number: host.entry(number).company for number in KNOWN} == {number: number for number in KNOWN}
    assert UNDISTURBED <= host.org.used() - before <= UNDISTURBED + 1
