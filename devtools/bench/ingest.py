"""How many signed `call.ended` events a second the web server takes, beside a bare application on the same database."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from devtools.bench.bare_app import metadata
from devtools.bench.events import ended_calls
from devtools.bench.figure import Figure, measured, percentile
from devtools.bench.installed import installed
from devtools.bench.load import Load, fire, post
from devtools.bench.scratch import Scratch
from devtools.installation.environment import SOURCE
from devtools.installation.parts import start_web
from devtools.installation.ports import first_free, is_open
from devtools.installation.processes import Processes
from host.storage.engine import Database

LEAST_SHARE = 0.5
ROUNDS = 3  # in turns, and the median is told: a machine's pace changes from one minute to the next
REQUESTS = 2000
WARM_UP = 200
GUNICORN = ("--workers", "2", "--threads", "8", "--worker-class", "gthread", "--no-control-socket")


def measure(scratch: Scratch, size: float) -> Iterator[Figure]:
    """Events per second and the slowest percent, on each database."""
    count = int(REQUESTS * size)
    for kind in scratch.kinds:
        bare, ours = _median([(_bare(scratch, kind, count), _ours(scratch, kind, count)) for _ in range(ROUNDS)])
        yield measured(f"ingest, {kind}", ours.per_second, "events/s", baseline=bare.per_second, at_least=LEAST_SHARE)
        for share in (0.5, 0.99):
            value, baseline = (1000 * percentile(load.each, share) for load in (ours, bare))
            yield measured(f"ingest, {kind}: p{share * 100:.0f}", value, "ms", baseline=baseline)


def _median(rounds: list[tuple[Load, Load]]) -> tuple[Load, Load]:
    """The round whose ratio lies in the middle."""
    return sorted(rounds, key=lambda one: one[1].per_second / one[0].per_second)[len(rounds) // 2]


def _ours(scratch: Scratch, kind: str, count: int) -> Load:
    with Processes(scratch.folder / "log") as processes:
        installation = installed(scratch, kind)
        start_web(processes, installation)
        numbers = (f"090{index:08}" for index in range(count + WARM_UP))
        secret, port = installation.event_secret, installation.web_port
        requests = list(ended_calls(numbers, secret, port, f"asterisk:{SOURCE}"))
        fire(port, requests[:WARM_UP])
        return fire(port, requests[WARM_UP:])


def _bare(scratch: Scratch, kind: str, count: int) -> Load:
    """Under the same gunicorn, with bodies of the same size."""
    database = scratch.database(kind)
    metadata.create_all(database.engine)
    port = first_free(8700, set())
    with Processes(scratch.folder / "log") as processes:
        _start_bare(processes, database, port)
        bodies = ended_calls(("09012345678" for _ in range(count)), "whsec_" + "A" * 32, port, "bench")
        requests = [post("/posts", port, {}, request.partition(b"\r\n\r\n")[2]) for request in bodies]
        fire(port, requests[:WARM_UP])
        return fire(port, requests)


def _start_bare(processes: Processes, database: Database, port: int) -> None:
    program = str(Path(sys.executable).with_name("gunicorn"))
    command = [program, "--bind", f"127.0.0.1:{port}", *GUNICORN, "devtools.bench.bare_app:create_app()"]
    url = database.engine.url.render_as_string(hide_password=False)
    bare = processes.start_program("bare application", command, {"BENCH_DATABASE_URL": url})
    processes.wait_until(lambda: is_open(port), bare)
