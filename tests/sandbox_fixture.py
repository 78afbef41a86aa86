"""A running sandbox org for any test: ``from tests.sandbox_fixture import sandbox, sandbox_server``.

The server is started once a process; before each test the org is reset to its demo seed, whatever the test
before it did to data, users, tokens, settings, faults or clock.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from salesforce_sandbox.seed.org import seed
from salesforce_sandbox.server import RunningSandbox, start


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[RunningSandbox]:
    """The server of this test process; take ``sandbox`` instead, which is reset."""
    running = start("demo")
    yield running
    running.stop()


@pytest.fixture
def sandbox(sandbox_server: RunningSandbox) -> RunningSandbox:
    """A freshly seeded org: ``.http_url``, ``.https_url``, ``.ca_file``; control API under ``/__sandbox__/``."""
    org = sandbox_server.org
    with org.database.lock:
        org.clear()
        seed(org, "demo")
    return sandbox_server
