"""R35: a worker that has lost one of its parts to a bug begins anew instead of going on without it."""

from __future__ import annotations

import threading

import pytest
from app_fixture import scratch_config

from host.delivery.worker import _run
from host.mail.postman import Postman
from host.services import build_services


def test_r35_a_part_that_a_bug_has_ended_comes_back(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    services = build_services(scratch_config(sqlite_url, lease_seconds=1), plugins=[])
    lives: list[int] = []
    back = threading.Event()

    def run(_postman: Postman, over: threading.Event) -> None:
        lives.append(1)
        if len(lives) == 1:
            raise RuntimeError("a bug")
        back.set()
        over.wait()

    monkeypatch.setattr(Postman, "run", run)
    monkeypatch.setattr(threading, "excepthook", lambda _args: None)
    stopping = threading.Event()
    worker = threading.Thread(target=_run, args=(services, stopping))
    worker.start()
    try:
        assert back.wait(20)
    finally:
        stopping.set()
        worker.join(30)
    assert not worker.is_alive()
    services.database.engine.dispose()
