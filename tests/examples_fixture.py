"""The example plugin as somebody would have it: installed by pip, on the path for the length of a test; and its CRM.

``from tests.examples_fixture import acme, acme_installed, acme_path``
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from devtools.examples import FOLDER, ROOT, install
from host.plugin_api import auth_methods


def of_example(file: str) -> ModuleType:
    """A module beside the example's package. Its folder is not put on the path: the sources would hide what is installed."""
    path = ROOT / "examples" / "acme_crm" / file
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[path.stem] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def acme_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder it is installed in: that of `dev.py test`, else one of this test process."""
    brought = os.environ.get(FOLDER)
    return Path(brought) if brought else install("acme_crm", tmp_path_factory.mktemp("examples"))


@pytest.fixture
def acme_installed(acme_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The plugin is installed beside the others."""
    monkeypatch.syspath_prepend(acme_path)
    auth_methods.cache_clear()
    yield acme_path
    auth_methods.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme_crm"]:
        del sys.modules[name]


@pytest.fixture
def acme() -> Iterator[Any]:
    """Its CRM, running on this machine."""
    with of_example("acme_crm_server.py").running() as crm:
        yield crm
