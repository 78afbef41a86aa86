"""Health, readiness, figures and logs."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime

from app_fixture import Site, signed
from sqlalchemy import insert

from host.storage.tables import workers


def test_a_server_that_lives_says_so(shared_site: Site) -> None:
    assert shared_site.anonymous.get("/healthz").json == {"status": "ok"}


def test_a_missing_worker_is_a_warning_and_a_living_one_is_none(site: Site) -> None:
    said = site.anonymous.get("/readyz")
    assert said.status_code == 200
    assert any("No worker is running" in warning for warning in said.json["warnings"])
    now = datetime.now(UTC)
    with site.services.database.writing() as connection:
        connection.execute(insert(workers).values(executor_id="w1", started_at=now, seen_at=now))
    assert not any("No worker" in warning for warning in site.anonymous.get("/readyz").json["warnings"])


def test_old_tables_make_it_not_ready(site: Site) -> None:
    with site.services.database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version_host SET version_num = 'host_0000'")
    said = site.anonymous.get("/readyz")
    assert said.status_code == 503
    assert "tsunagu db upgrade" in said.json["reason"]


def test_figures_count_events_and_deliveries(site: Site) -> None:
    site.send_event()
    site.send(b"{}", {})
    figures = site.anonymous.get("/metrics").text
    assert 'tsunagu_events_total{result="stored",type="call.ended"}' in figures
    assert 'tsunagu_events_total{result="NotSigned",type="-"}' in figures
    assert 'tsunagu_deliveries{plugin="salesforce",state="waiting"}' in figures
    assert "tsunagu_queue_age_seconds" in figures
    assert 'tsunagu_http_request_seconds_bucket{endpoint="api_events.take_event"' in figures


def test_logs_are_json_with_the_requests_id_and_hold_no_personal_data() -> None:
    program = """
import sys, tempfile
from cryptography.fernet import Fernet
from host.app import create_app
from host.config import Config
from host.web.logs import configure
configure()
url = f"sqlite:///{tempfile.mkdtemp()}/empty.db"
app = create_app(Config(database_url=url, secret_key="s" * 40, encryption_keys=(Fernet.generate_key().decode(),)))
client = app.test_client()
client.get("/api/v1/calls?number=09012345678&name=Yamada", headers={"X-Request-ID": "outside-0001"})
client.get("/api/v1/calls?number=09012345678", headers={"Authorization": "Bearer tsu_" + "A" * 43})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    asked = [line for line in lines if line.get("event") == "request"]
    assert asked[0]["request_id"] == "outside-0001"
    assert asked[0]["endpoint"] == "api_calls.list_calls"
    assert asked[1]["status"] == 503  # there are no tables
    for secret in ("09012345678", "Yamada", "A" * 20):
        assert secret not in done.stderr


def test_an_answer_tells_the_id_of_its_request(shared_site: Site) -> None:
    given = shared_site.anonymous.get("/healthz", headers={"X-Request-ID": "outside-0001"})
    assert given.headers["X-Request-ID"] == "outside-0001"
    made = shared_site.anonymous.get("/healthz", headers={"X-Request-ID": "x\ty"})
    assert len(made.headers["X-Request-ID"]) == 32


def test_signing_is_the_only_way_in_for_events(shared_site: Site) -> None:
    headers = signed("whsec_" + "A" * 44, b"{}") | {"Authorization": f"Bearer {shared_site.admin_token}"}
    assert shared_site.send(b"{}", headers).status_code == 401
