"""The sender in docs/rest.md is run as it stands: its event is taken, and a repeat changes nothing."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_fixture import Site
from werkzeug.serving import make_server

from host.security.event_sources import create_source

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rest.md"


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def test_the_example_sends_a_call(site: Site, address: str) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    with site.services.database.writing() as connection:
        secret = create_source(connection, site.services.sealer, "asterisk:main", site.services.clock())
    for result in ("stored", "repeated"):
        environment = {"TSUNAGU_SOURCE_SECRET": secret, "TSUNAGU_URL": address}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        assert result in done.stdout
    (call_id,) = site.call_ids()
    assert site.api("GET", f"/calls/{call_id}").json["external_name"] == "山田 太郎"
