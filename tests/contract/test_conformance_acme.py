"""R33, B14: the example plugin, installed by pip, reaches gold."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.examples import ROOT
from host.plugin_api import auth_methods
from host.testing.conformance import Conformance
from tests.examples_fixture import acme_path, of_example  # noqa: F401 - a fixture


@pytest.fixture(scope="module", autouse=True)
def installed(acme_path: Path) -> Iterator[None]:  # noqa: F811
    """The plugin and its CRM are on the path."""
    with pytest.MonkeyPatch.context() as patch:
        for folder in (ROOT / "examples" / "acme_crm", acme_path):
            patch.syspath_prepend(folder)
        auth_methods.cache_clear()
        yield
    auth_methods.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme_crm"]:
        del sys.modules[name]


class TestAcmeCrm(Conformance):
    """Each rule of the kit, against its own CRM."""

    plugin = "acme_crm"
    scenario = of_example("tests/acme_scenario.py").AcmeScenario()
