"""R35: whatever a plugin of others does where it is imported, mounted or migrated, the host and the others go on as ever."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from app_fixture import Site, scratch_config
from broken_plugins import plugin_class
from click.testing import CliRunner
from foreign_plugins import found_in, install
from harmful_plugins import INNOCENT, MIGRATING, MOUNTING, PAGES, REVISION, at_import, with_migrations
from sqlalchemy import inspect

from host.app import create_app
from host.cli import main
from host.delivery.deliverer import Deliverer
from host.delivery.membership import Membership
from host.delivery.views import deliveries_of
from host.isolation.probing import refused
from host.registry import LoadedPlugin, Quarantined, installed, load_all
from host.registry.installation import installation
from host.services import build_services
from host.web import plugin_routes
from host.web.plugin_routes import trouble_of

HARMFUL = at_import()
MEMORY = 1 << 30
PROBE_SECONDS = 8.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("foreign")
    for name, (source, _words) in (HARMFUL | MOUNTING).items():
        install(folder, name, source, version="3.2")
    install(folder, "innocent", INNOCENT)
    install(folder, "bad_pages", PAGES)
    (folder / "its_templates").mkdir()
    (folder / "its_templates" / "layout.html").write_text("taken over")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        refused(found_in(folder), memory=MEMORY, seconds=PROBE_SECONDS)  # all at once; what is known is not tried again
        yield folder
    for name in [name for name in sys.modules if name.endswith("_module")]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def site(folder: Path, migrated_sqlite: Path, quick_passwords: None) -> Iterator[Site]:
    path = folder / "tsunagu.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plugin_routes, "BUILD_SECONDS", 1.5)
        site = Site(scratch_config(f"sqlite:///{path}"), plugins=installed())
        yield site
    site.services.processes.close()
    site.services.database.engine.dispose()


@pytest.mark.parametrize("name", HARMFUL)
def test_plugin_that_does_harm_when_imported_is_left_out_and_the_admin_sees_why(site: Site, name: str) -> None:
    found = {plugin.name: plugin for plugin in site.services.registry.quarantined}
    assert HARMFUL[name][1] in found[name].reason
    state = next(state for state in site.services.registry.states() if state.name == name)
    assert (state.state, state.version, state.distribution) == ("quarantined", "3.2", f"dist-{name}")


def test_page_of_plugins_names_each_with_version_distribution_and_reason(site: Site) -> None:
    page = site.admin.get("/settings/plugins").text
    for name in HARMFUL:
        card = page.split(f'id="plugin-{name}"')[1].split("</section>")[0]
        assert f"dist-{name} 3.2" in card
        assert "Why it cannot be loaded" in card
    warnings = site.anonymous.get("/readyz").json["warnings"]
    assert sum("could not be loaded" in warning for warning in warnings) == len(HARMFUL), warnings


def test_calls_and_the_other_plugins_go_on(site: Site) -> None:
    began = time.monotonic()
    assert site.send_event().status_code == 200
    took = time.monotonic() - began
    (call_id,) = site.call_ids()
    membership = Membership(site.services.database, "test-worker", 60)
    membership.join()
    deliverer = Deliverer(site.services, membership)
    for plugin in ("innocent", "bad_pages"):
        deliverer.deliver(plugin, call_id)
    with site.services.database.reading() as connection:
        views = {view.plugin: view.state for view in deliveries_of(connection, call_id)}
    assert (views["innocent"], views["bad_pages"]) == ("done", "done")
    assert took < 2
    page = site.admin.get(f"/calls/{call_id}").text
    assert "{{ 7 * 7 }}&lt;img src=x onerror=alert(1)&gt;" in page  # what it says is text, no template and no markup


@pytest.mark.parametrize("name", MOUNTING)
def test_pages_that_would_change_others_are_not_mounted_and_the_admin_sees_why(site: Site, name: str) -> None:
    assert MOUNTING[name][1] in trouble_of(site.app)[name]
    assert "secret-token" not in trouble_of(site.app)[name]
    card = site.admin.get("/settings/plugins").text.split(f'id="plugin-{name}"')[1].split("</section>")[0]
    assert "Why its pages are not there" in card


def test_page_that_fails_is_an_error_page_of_its_own(site: Site) -> None:
    site.app.testing = False
    browser = site.admin
    for address in ("raises", "junk"):
        answer = browser.get(f"/plugins/bad_pages/{address}")
        assert answer.status_code == 500
        assert "secret-token" not in answer.text
    site.app.testing = True
    assert "taken over" not in browser.get("/plugins/bad_pages/shown").text
    assert browser.get("/calls").status_code == 200


def test_title_and_description_are_text(site: Site) -> None:
    page = site.admin.get("/settings/plugins").text
    assert "{{ 7 * 7 }}&lt;script&gt;" in page
    assert "{{ config }}" in page


def test_pages_that_hang_leave_the_other_threads_to_the_host(site: Site) -> None:
    browsers = [site.admin for _ in range(5)]
    with ThreadPoolExecutor(5) as pool:
        hanging = [pool.submit(browser.get, "/plugins/bad_pages/hangs") for browser in browsers]
        time.sleep(0.2)
        began = time.monotonic()
        assert site.anonymous.get("/healthz").status_code == 200
        assert time.monotonic() - began < 1
        codes = sorted(answer.result().status_code for answer in hanging)
    assert codes == [200, 200, 200, 503, 503]
    assert site.admin.get("/plugins/bad_pages/hangs").status_code == 200


def test_r34_in_safe_mode_they_are_not_even_tried(folder: Path) -> None:
    began = time.monotonic()
    found = load_all(found_in(folder), safe_mode=True)
    assert time.monotonic() - began < 1
    assert all(isinstance(plugin, Quarantined) and plugin.held_back for plugin in found)
    own = [point for point in installed() if point.name == "contacts"]
    assert isinstance(load_all(own, safe_mode=True)[0], LoadedPlugin)


def test_r34_safe_mode_is_told_once_and_nobody_is_called_broken(folder: Path, site: Site) -> None:
    services = build_services(replace(site.services.config, safe_mode=True), plugins=found_in(folder))
    warnings = create_app(services=services).test_client().get("/readyz").json["warnings"]
    assert not [warning for warning in warnings if "could not be loaded" in warning]
    (told,) = (warning for warning in warnings if "Safe mode" in warning)
    assert "innocent" in told


def test_of_two_with_one_name_the_first_stays_and_the_second_says_whose(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(tmp_path))
        install(tmp_path, "contacts", plugin_class("contacts", "pass"))
        points = [point for point in installed() if point.name == "contacts"]
        first, second = load_all(points)
    assert isinstance(first, LoadedPlugin)
    assert first.distribution == "tsunagu"
    assert isinstance(second, Quarantined)
    assert (second.distribution, "from tsunagu" in second.reason) == ("dist-contacts", True)


def test_r34_page_says_what_was_installed_since_the_start(site: Site, folder: Path) -> None:
    worker = Membership(site.services.database, "a-worker", 60)
    worker.join({**installation(), "dist-innocent": "0.8"})
    install(folder, "latecomer", plugin_class("latecomer", "pass"), version="0.9")
    page = site.admin.get("/settings/plugins").text
    worker.leave()
    (folder / "dist_latecomer-0.9.dist-info" / "entry_points.txt").unlink()
    assert "Restart the web server and the workers" in page
    assert "dist-latecomer 0.9: installed · not known yet to: this web server, 1 worker</li>" in page
    assert "dist-innocent: 0.8 → 1.0 · not known yet to: 1 worker</li>" in page


def test_migrations_that_change_others_tables_are_undone_and_those_of_the_others_are_run(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, (body, _words) in (
        MIGRATING | {"sound": ("op.create_table('sound_x', sa.Column('id', sa.Integer()))", "")}
    ).items():
        install(tmp_path, name, with_migrations(name))
        package = tmp_path / f"{name}_migrations"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / f"{name}_0001.py").write_text(REVISION.format(name=name, body=body))
    config = scratch_config(sqlite_url)
    keys = {"SECRET_KEY": config.secret_key, "ENCRYPTION_KEYS": config.encryption_keys[0], "DATABASE_URL": sqlite_url}
    ran = CliRunner().invoke(main, ["db", "upgrade"], env={f"TSUNAGU_{name}": value for name, value in keys.items()})
    assert ran.exit_code == 1
    assert "Everything is up to date but the tables of adds_column, falls_over, takes_calls." in ran.output
    assert all(words in ran.output for _body, words in MIGRATING.values())
    site = Site(config, plugins=installed())
    tables = inspect(site.services.database.engine)
    assert {"calls", "sound_x"} <= set(tables.get_table_names())
    assert "mine" not in {column["name"] for column in tables.get_columns("memos")}
    assert site.anonymous.get("/readyz").status_code == 200
    assert "Its tables are not up to date" in site.admin.get("/settings/plugins").text
    site.services.database.engine.dispose()
