"""The example plugin at work for the conformance kit: against the small CRM that comes with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from host.testing import CALLER, Known, Lab, Scenario


class AcmeScenario(Scenario):
    """Connected with an API key; its CRM answers over HTTP on this machine."""

    known = Known(company="Acme Trading", person="Ann Acme")
    writes = True

    @contextmanager
    def running(self) -> Iterator[None]:
        self._server: Any = import_module("acme_crm_server")
        with self._server.running() as self._acme:
            self._acme.people[0]["phone"] = CALLER
            yield

    def connect(self, lab: Lab) -> None:
        lab.configure(address=self._acme.address)
        lab.connect("api_key", key=self._server.KEY)

    def records(self) -> Sequence[str]:
        return [note["text"] for note in self._acme.notes.values()]

    def secrets(self) -> tuple[str, ...]:
        return (self._server.KEY,)
