"""R29: real processes, faults of every kind and workers killed with -9: each call has one Task, with the last text."""

from __future__ import annotations

import pytest

from devtools.bench.activity import switch_on, trouble
from devtools.bench.connected import connected
from devtools.bench.scratch import Scratch
from host.services import build_services

CALLS = 100  # as many as the time of a test run allows; `dev.py bench activity` does 2,000


@pytest.mark.timeout(400)
def test_r29_one_task_for_each_call_with_the_last_text_come_what_may() -> None:
    with Scratch(("sqlite",)) as scratch, connected(scratch, "sqlite") as running:
        services = build_services(running.installation.config())
        switch_on(services)
        numbers = [f"0901234{number:04}" for number in range(CALLS)]
        figures = {figure.unit: figure.value for figure in trouble(running, services, numbers)}
        services.database.engine.dispose()
    assert figures["Tasks"] == CALLS
