"""R34: on and off hold for the next delivery in every process: two web servers, two workers, the plugin's own processes."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from worker_processes import Site, site

from host.security.tokens import create_token
from host.security.users import Role
from host.services import utc_now

CALLS = 6


class Web:
    """A web server of one process."""

    def __init__(self, made: Site, token: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.headers = {"Authorization": f"Bearer {token}"}
        log = (made.folder / f"web{port}.log").open("wb")
        command = [sys.executable, "-m", "host.cli", "web", "--port", str(port), "--workers", "1"]
        self.process = subprocess.Popen(command, env=made.environment(), stdout=log, stderr=log)

    def lives(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def ask(self, method: str, path: str, **body: Any) -> requests.Response:
        return requests.request(method, f"{self.url}/api/v1{path}", headers=self.headers, json=body or None, timeout=30)

    def recorder(self) -> dict[str, Any]:
        found = {plugin["name"]: plugin for plugin in self.ask("GET", "/plugins").json()["plugins"]}
        return dict(found["recorder"])


@pytest.fixture
def made(database_url: str, tmp_path: Path) -> Iterator[Site]:
    with site(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def webs(made: Site) -> Iterator[tuple[Web, Web]]:
    with made.services.database.writing() as connection:
        token = create_token(connection, name="tests", role=Role.ADMIN, by="tests", now=utc_now())
    webs = Web(made, token), Web(made, token)
    yield webs
    for web in webs:
        web.process.terminate()
        web.process.wait(30)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # on SQLite one worker runs
def test_r34_switch_holds_in_two_web_servers_and_two_workers(made: Site, webs: tuple[Web, Web]) -> None:
    made.services.registry.set_own_process("recorder", True, "tests")
    workers = [made.start_worker() for _ in range(2)]
    made.wait_for(lambda: all(web.lives() for web in webs))
    first, second = webs

    made.hold()
    calls = [made.publish_call(facts=3) for _ in range(CALLS)]
    made.wait_for(lambda: len(made.record()) == CALLS)
    assert not {line.pid for line in made.record()} & {worker.pid for worker in workers}

    off = first.ask("PATCH", "/plugins/recorder", enabled=False)
    assert (off.status_code, off.json()["state"]) == (200, "disabled")
    assert second.recorder()["state"] == "disabled"
    made.let_go()
    made.wait_for(lambda: second.recorder()["waiting"] == 0)
    assert second.recorder()["switched_off"] == CALLS * 2
    made.publish_call()  # while it is off nothing is kept for it
    time.sleep(0.5)
    assert len([line for line in made.record() if line.what == "start"]) == CALLS

    on = second.ask("PATCH", "/plugins/recorder", enabled=True, parked="send")
    assert on.json()["switched_off"] == 0
    made.wait_for(lambda: made.left() == 0)
    assert first.recorder()["state"] == "enabled"
    started = [line.fact for line in made.record() if line.what == "start"]
    assert len(started) == len(set(started)) == CALLS * 3
    assert all([view.state for view in made.deliveries(call)] == ["done"] * 3 for call in calls)

    first.ask("PATCH", "/plugins/contacts", enabled=False)
    answer = second.ask("GET", "/contacts")
    assert (answer.status_code, "switched off" in answer.json()["message"]) == (404, True)
