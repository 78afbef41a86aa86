"""R20: admins list, start and stop jobs by REST, on the command line, and see them on the plugins page."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import time
from importlib.metadata import EntryPoint
from types import SimpleNamespace

import pytest
from app_fixture import Site, scratch_config
from click.testing import CliRunner

from host.cli import main
from host.plugin_api import JobState, Manifest, ScheduledJob

JOBS = (
    ScheduledJob(name="nightly", title="Fetch everybody", run=lambda _context, _run: None, daily_at=time(23)),
    ScheduledJob(name="by_hand", title="Count", run=lambda _context, _run: None),
)


@pytest.fixture
def site(sqlite_url: str, quick_passwords: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    plugin = SimpleNamespace(manifest=Manifest(name="night", title="Night", version="1", jobs=JOBS))
    monkeypatch.setitem(sys.modules, "night_plugin", SimpleNamespace(plugin=plugin))
    made = Site(scratch_config(sqlite_url), [EntryPoint("night", "night_plugin:plugin", "tsunagu.plugins")])
    yield made
    made.services.database.engine.dispose()


def tsunagu(site: Site, *arguments: str):
    config = site.services.config
    environment = {
        "TSUNAGU_DATABASE_URL": config.database_url,
        "TSUNAGU_SECRET_KEY": config.secret_key,
        "TSUNAGU_ENCRYPTION_KEYS": ",".join(config.encryption_keys),
        "TSUNAGU_ENV_FILE": None,
    }
    return CliRunner().invoke(main, ["jobs", *arguments], env=environment)


def test_r20_jobs_are_listed_started_and_stopped_by_rest(site: Site) -> None:
    started = site.api("POST", "/jobs/night/by_hand/start")
    assert started.status_code == 202
    assert site.api("POST", "/jobs/night/by_hand/start").json == started.json
    jobs = {(job["plugin"], job["job"]): job for job in site.api("GET", "/jobs").json["jobs"]}
    assert jobs.keys() >= {("host", "forget_runs"), ("night", "nightly"), ("night", "by_hand")}
    assert jobs["night", "nightly"]["daily_at"] == "23:00"
    assert jobs["night", "nightly"]["next_due"].endswith("14:00:00+00:00")
    assert jobs["night", "nightly"]["last_run"] is None
    run = jobs["night", "by_hand"]["last_run"]
    assert (run["id"], run["state"], run["started_by"]) == (started.json["run"], "waiting", "token admin")
    assert site.api("POST", "/jobs/night/by_hand/stop").json == {"stopped": True}
    assert site.api("POST", "/jobs/night/by_hand/stop").json == {"stopped": False}


def test_only_admins_touch_jobs_and_only_jobs_there_are(site: Site) -> None:
    for method, path in (("GET", "/jobs"), ("POST", "/jobs/night/by_hand/start"), ("POST", "/jobs/night/by_hand/stop")):
        assert site.api(method, path, role="agent").status_code == 403
        assert site.anonymous.open(f"/api/v1{path}", method=method).status_code == 401
    for path in ("/jobs/night/weekly/start", "/jobs/nobody/by_hand/start", "/jobs/night/weekly/stop", "/jobs/host/x/stop"):
        answer = site.api("POST", path)
        assert answer.status_code == 404, path
        assert answer.json["message"]


def test_r34_a_job_of_a_plugin_that_is_off_is_not_started(site: Site) -> None:
    site.services.registry.set_enabled("night", False, "tests")
    answer = site.api("POST", "/jobs/night/by_hand/start")
    assert answer.status_code == 409
    assert "switched off" in answer.json["message"]
    jobs = {job["job"]: job for job in site.api("GET", "/jobs").json["jobs"]}
    assert jobs["nightly"]["next_due"] is None


def test_r20_the_command_line_lists_starts_and_stops(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("host.services.installed", lambda: [EntryPoint("night", "night_plugin:plugin", "tsunagu.plugins")])
    assert tsunagu(site, "start", "night", "by_hand").exit_code == 0
    listed = json.loads(tsunagu(site, "list", "--json").stdout)
    assert [job["last_run"]["state"] for job in listed if job["name"] == "by_hand"] == ["waiting"]
    table = tsunagu(site, "list").stdout
    assert "nightly" in table
    assert "never ran" in table
    assert tsunagu(site, "stop", "night", "by_hand").exit_code == 0
    assert site.services.registry.context("night").jobs.runs("by_hand")[0].state is JobState.STOPPED
    wrong = tsunagu(site, "start", "night", "weekly")
    assert wrong.exit_code == 1
    assert "weekly" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_r20_the_plugins_page_shows_jobs_with_last_and_next_run(site: Site) -> None:
    page = site.admin.get("/settings/plugins").text
    assert "Fetch everybody" in page
    assert "23:00" in page
    assert "Never ran" in page
    site.services.registry.context("night").jobs.start("nightly", "admin@example.com")
    assert "Waiting" in site.admin.get("/settings/plugins").text
