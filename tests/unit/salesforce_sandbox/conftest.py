"""An org in memory with its demo seed, without any server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from salesforce_sandbox.org import Org
from salesforce_sandbox.seed.org import seed


@pytest.fixture
def org() -> Iterator[Org]:
    made = Org()
    seed(made, "demo")
    yield made
    made.database.close()
