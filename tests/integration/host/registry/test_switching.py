"""R34: on and off at once; what waited is put on hold, then sent or dropped; settings stay; who did it is logged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from app_fixture import Site, scratch_config
from sqlalchemy import func, select

from host.registry import PluginState, PluginUnknown
from host.storage.tables import deliveries, operation_log

SALESFORCE = "salesforce"


@pytest.fixture
def off(site_anywhere: Site) -> Iterator[Site]:
    """A site whose Salesforce plugin was switched off while two calls waited for it."""
    for number in range(2):
        site_anywhere.send_event(id=f"testpbx-{number}")
    moved = site_anywhere.services.registry.set_enabled(SALESFORCE, False, "aki")
    assert moved == 2
    yield site_anywhere


def salesforce(site: Site) -> PluginState:
    return next(state for state in site.services.registry.states() if state.name == SALESFORCE)


def states_of_work(site: Site) -> dict[str, int]:
    query = select(deliveries.c.state, func.count()).where(deliveries.c.plugin == SALESFORCE).group_by(deliveries.c.state)
    with site.services.database.reading() as connection:
        return {row.state: row[1] for row in connection.execute(query)}


def test_r34_switched_off_tells_how_much_is_on_hold(off: Site) -> None:
    assert (salesforce(off).state, salesforce(off).switched_off) == ("disabled", 2)
    assert states_of_work(off) == {"parked": 2}


def test_r34_switched_on_sends_what_was_on_hold(off: Site) -> None:
    assert off.services.registry.set_enabled(SALESFORCE, True, "aki") == 2
    assert states_of_work(off) == {"waiting": 2}
    assert salesforce(off).switched_off == 0


def test_r34_switched_on_drops_what_was_on_hold_and_says_who(off: Site) -> None:
    off.services.registry.context(SALESFORCE).settings.write({"fetch": "after"})
    assert off.services.registry.set_enabled(SALESFORCE, True, "aki", drop=True) == 2
    assert states_of_work(off) == {"skipped": 2}
    assert off.services.registry.context(SALESFORCE).settings.read() == {"fetch": "after"}
    with off.services.database.reading() as connection:
        rows = connection.execute(select(operation_log).where(operation_log.c.area == "plugins")).mappings().all()
    assert [(row["actor"], row["action"], row["detail"]) for row in rows] == [
        ("aki", "disabled", {"plugin": SALESFORCE, "parked": 2}),
        ("aki", "enabled", {"plugin": SALESFORCE, "dropped": 2}),
    ]


def test_r34_choice_is_made_over_rest_as_well(off: Site) -> None:
    assert off.api("GET", "/plugins").json["plugins"][-1]["switched_off"] == 2
    answer = off.api("PATCH", f"/plugins/{SALESFORCE}", json={"enabled": True, "parked": "drop"})
    assert (answer.status_code, answer.json["enabled"], answer.json["switched_off"]) == (200, True, 0)
    assert states_of_work(off) == {"skipped": 2}
    assert off.api("PATCH", f"/plugins/{SALESFORCE}", json={"enabled": True, "parked": "burn"}).status_code == 422
    assert off.api("PATCH", f"/plugins/{SALESFORCE}", json={}).status_code == 422


def test_r34_pages_and_routes_of_a_plugin_that_is_off_say_so(site_anywhere: Site) -> None:
    site_anywhere.services.registry.set_enabled("contacts", False, "aki")
    page = site_anywhere.admin.get("/plugins/contacts")
    assert (page.status_code, "The plugin contacts is switched off." in page.text) == (404, True)
    answer = site_anywhere.api("GET", "/contacts")
    assert (answer.status_code, "switched off" in answer.json["message"]) == (404, True)


def test_r35_where_a_plugin_runs_is_chosen_and_logged(site_anywhere: Site) -> None:
    registry = site_anywhere.services.registry
    assert salesforce(site_anywhere).own_process is False
    registry.set_own_process(SALESFORCE, True, "aki")
    assert salesforce(site_anywhere).own_process is True
    answer = site_anywhere.api("PATCH", f"/plugins/{SALESFORCE}", json={"own_process": False})
    assert answer.json["own_process"] is False
    with pytest.raises(PluginUnknown):
        registry.set_own_process("nobody", True, "aki")
    with site_anywhere.services.database.reading() as connection:
        query = select(operation_log.c.action, operation_log.c.actor).where(operation_log.c.area == "plugins")
        assert [tuple(row) for row in connection.execute(query)] == [
            ("process chosen", "aki"),
            ("process chosen", "token admin"),
        ]


def test_r34_choice_on_the_page(off: Site) -> None:
    browser = off.admin
    page = browser.get("/settings/plugins").text
    assert "2 pieces of work are on hold because it is switched off." in page
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "enabled": "yes", "parked": "drop"}
    part = browser.post(f"/settings/plugins/{SALESFORCE}/switch", data=form, headers={"HX-Request": "true"})
    assert "Salesforce is switched on. 2 pieces of work were dropped." in part.text
    process = {"csrf_token": token, "own": "yes"}
    part = browser.post(f"/settings/plugins/{SALESFORCE}/process", data=process, headers={"HX-Request": "true"})
    assert "Salesforce runs in a process of its own." in part.text
    assert browser.post("/settings/plugins/nobody/process", data=process).status_code == 404
    log = browser.get("/settings/log").text
    assert "Process chosen" in log


def test_safe_mode_is_on_every_admins_page(sqlite_url: str, quick_passwords: None) -> None:
    site = Site(scratch_config(sqlite_url, safe_mode=True))
    assert "Tsunagu runs in safe mode" in site.admin.get("/calls").text
    assert "safe mode" not in site.agent.get("/calls").text
    assert site.services.registry.get(SALESFORCE) is not None
