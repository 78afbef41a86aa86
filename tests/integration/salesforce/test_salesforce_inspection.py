"""R7, R9, R10, B10: the connection test against the org: each gap, for one API call; nightly, and what is told of losses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import time
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from host.config import Config
from host.plugin_api import Done, NeedsConfiguration, PluginError, RetryLater, Sentence, Skipped
from host.services import build_services
from host.storage import alarm_tables
from plugins.salesforce import connecting, rights
from plugins.salesforce.asking import Question
from plugins.salesforce.client import Client
from plugins.salesforce.connection import read_connection
from plugins.salesforce.domain.finding import Finding, Group, Level
from plugins.salesforce.domain.inspection import Inspection
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.inspecting import inspect
from plugins.salesforce.lookup import look_up
from plugins.salesforce.permission_check import JOB
from tests.integration.salesforce.conftest import ADMIN, SITE, Browser, Clock, Host, Org, Pages

PAGE = "/plugins/salesforce/"
METHODS = ("oauth", "password")
NOTHING: Mapping[str, Any] = {"activity": None, "assignees": None}
NEEDS: Mapping[str, Any] = {
    "activity": {"enabled": True, "mapping": {"Call_Id__c": "call_url"}},
    "assignees": {"1": {"id": "005000000000001AAA", "name": "佐藤 アリス"}},
}


@pytest.fixture
def connected(host: Host) -> Host:
    host.connect("oauth")
    return host


def inspected(host: Host, set_up: Mapping[str, Any] = NOTHING) -> Inspection:
    """Run the test; what it spent is held against the org's own counting, which must not be more than two."""
    host.context.settings.write(set_up)
    before = host.org.used()
    inspection = inspect(connecting.live_connection(host.context), ADMIN).inspection
    assert host.org.used() - before == inspection.api_calls <= 2
    return inspection


def lines(inspection: Inspection, group: Group) -> list[Finding]:
    return [finding for finding in inspection.findings if finding.group is group]


def test_r10_a_run_costs_one_call_and_tells_of_everything(connected: Host):
    inspection = inspected(connected)
    assert inspection.api_calls == 1
    assert not inspection.failed
    assert {finding.group for finding in inspection.findings} == set(Group)
    assert inspection.missing == frozenset()
    assert [one.text for one in inspection.findings if one.needs_attention] == [], "a healthy org is all in order"
    version = next(one for one in inspection.findings if "API version 51.0" in one.text)
    assert (version.level, "68.0" in version.text) == (Level.NOTE, True)


OBJECTS = ("Contact", "Account", "Lead", "Task", "User")


@pytest.mark.parametrize("name", OBJECTS)
def test_r10_each_object_that_may_not_be_read(connected: Host, name: str):
    connected.org.user(objects={name: {"read": False}})
    inspection = inspected(connected, NEEDS)
    assert inspection.missing == {f"{name}.:read"}


@pytest.mark.parametrize("right", ["create", "edit"])
def test_r10_tasks_that_may_be_read_only(connected: Host, right: str):
    connected.org.user(objects={"Task": {right: False}})
    assert inspected(connected, NEEDS).missing == {f"Task.:{right}"}


HIDEABLE = (
    *(f"Contact.{name}" for name in ("Phone", "MobilePhone", "HomePhone", "OtherPhone", "AssistantPhone", "Fax")),
    *(f"Account.{name}" for name in ("Phone", "Fax", "PersonMobilePhone", "PersonHomePhone", "PersonOtherPhone")),
    *(f"Lead.{name}" for name in ("Phone", "MobilePhone", "Fax")),
    "Contact.AccountId",
)


def test_r10_fields_hidden_together_are_a_line_each(connected: Host):
    hidden = [name for name in HIDEABLE if not name.endswith(".Phone")]
    connected.org.user(fields={name: {"read": False} for name in hidden})
    assert inspected(connected).missing == {f"{name}:read" for name in hidden}


@pytest.mark.parametrize("field", HIDEABLE)
def test_r10_each_hidden_field(connected: Host, field: str):
    connected.org.user(fields={field: {"read": False}})
    assert inspected(connected).missing == {f"{field}:read"}


def test_r10_a_task_field_that_may_not_be_written(connected: Host):
    connected.org.user(fields={"Task.Description": {"edit": False}})
    assert inspected(connected, NEEDS).missing == {"Task.Description:edit"}
    assert inspected(connected).missing == frozenset(), "activity logging is off"


def test_r10_a_field_of_task_that_a_value_is_mapped_to(connected: Host):
    assert inspected(connected, NEEDS).missing == frozenset()
    connected.org.user(fields={"Task.Call_Id__c": {"edit": False}})
    assert inspected(connected, NEEDS).missing == {"Task.Call_Id__c:edit"}
    assert inspected(connected).missing == frozenset(), "nothing is mapped"


REFUSED = {
    "org without API": ("settings", {"api_enabled": False}, "This Salesforce org has no access to the REST API."),
    "user without API": ("user", {"api_enabled": False}, "lacks the permission “API Enabled”"),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_r9_no_access_to_the_api_is_a_red_line_with_the_reason(connected: Host, case: str):
    what, change, words = REFUSED[case]
    getattr(connected.org, what)(**change)
    inspection = inspected(connected)
    assert inspection.failed
    assert inspection.missing == {"access.:api"}
    assert words in inspection.findings[-1].text


@pytest.mark.parametrize("case", list(REFUSED))
@pytest.mark.parametrize("method", METHODS)
def test_r10_without_access_to_the_api_nothing_is_connected(host: Host, case: str, method: str):
    what, change, _words = REFUSED[case]
    getattr(host.org, what)(**change)
    with pytest.raises(NeedsConfiguration):
        host.connect(method)
    assert read_connection(host.context) is None
    assert "test" not in host.context.settings.read()


def test_r10_missing_rights_do_not_block_the_connecting(host: Host):
    host.org.user(objects={"Lead": {"read": False}}, fields={"Contact.Fax": {"read": False}})
    before = host.org.used()
    host.connect("password")
    assert host.org.used() - before == 1
    record = rights.record_from(host.context.settings.read())
    assert record.last is not None
    assert record.last.missing == record.accepted == {"Lead.:read", "Contact.Fax:read"}
    assert record.last.by == ADMIN


def test_r7_a_version_that_the_org_does_not_offer_costs_no_call(connected: Host):
    connection = connecting.live_connection(connected.context)
    connection.info = replace(connection.info, api_version="12.0")
    before = connected.org.used()
    inspection = inspect(connection, ADMIN).inspection
    assert connected.org.used() == before
    assert [finding.level for finding in inspection.findings] == [Level.BAD]


NO_VERSIONS = (
    [],
    {"error": "no"},
    [{"label": "Spring"}],
    ["51.0"],
    [{"version": 51.0}],
    "<html>Please sign in to the proxy</html>",
)


@pytest.mark.parametrize("body", NO_VERSIONS, ids=str)
def test_r7_a_list_of_versions_that_is_none_says_nothing_of_the_version(connected: Host, body: Any):
    connected.org.control("faults", [{"kind": "reply", "status": 200, "body": body, "match": {"path": "/services/data/$"}}])
    inspected_now = inspect(connecting.live_connection(connected.context), ADMIN)
    assert isinstance(inspected_now.outcome, RetryLater)
    assert (inspected_now.inspection.failed, inspected_now.inspection.missing) == (True, frozenset())


def test_r7_lines_that_are_no_version_are_passed_over(connected: Host):
    body = [{"version": "51.0"}, {"version": ""}, {"version": "new"}, {}, {"version": "52.0"}]
    connected.org.control("faults", [{"kind": "reply", "status": 200, "body": body, "match": {"path": "/services/data/$"}}])
    assert "The newest is 52.0." in inspect(connecting.live_connection(connected.context), ADMIN).inspection.findings[0].text


def test_b10_the_nightly_result_is_said_in_every_language(connected: Host):
    stored = connected.context.settings.read()["connection"]
    connected.context.settings.write({"connection": {**stored, "api_version": "12.0"}})
    result = nightly(connected)
    assert isinstance(result, Skipped)
    assert isinstance(result.reason, Sentence)
    reason = result.reason.values["reason"]
    assert isinstance(reason, Sentence)
    assert reason.values["version"] == "12.0"


@pytest.mark.parametrize(("left", "level"), [(900, Level.GOOD), (150, Level.WARN), (0, Level.BAD)])
def test_b4_the_calls_left_are_read_from_the_reply(connected: Host, left: int, level: Level):
    connected.org.settings(daily_limit=1000)
    connected.org.running.org.usage.count(999 - left - connected.org.used(), "others", "another program")
    line = next(one for one in inspected(connected).findings if "API calls left" in one.text)
    assert line.level is level
    assert f"{left:,} of 1,000" in line.text


def test_r9_the_edition_and_the_end_of_a_trial_are_the_orgs_own(connected: Host):
    ends = "2026-12-01T00:00:00.000+0000"
    org = connected.org.running.org
    with org.database.lock:
        org.database.execute('UPDATE "Organization" SET TrialExpirationDate = ?', (ends,))
    texts = {finding.text: finding.level for finding in lines(inspected(connected), Group.ACCESS)}
    assert texts["The org is a trial: it ends on 2026-12-01."] is Level.WARN
    assert texts["Developer Edition, sandbox."] is Level.GOOD


POLICIES = {
    "oauth": ["api, id, refresh_token", "first renewal", "30 days"],
    "password": ["Summer ’27", "MFA for API Logins"],
}


@pytest.mark.parametrize("method", METHODS)
def test_r10_what_is_known_of_the_app_and_the_login(host: Host, method: str):
    host.connect(method)
    texts = [finding.text for finding in lines(inspected(host), Group.LOGIN)]
    assert len(texts) == len(POLICIES[method])
    assert all(words in text for words, text in zip(POLICIES[method], texts, strict=True))


@pytest.mark.parametrize(("rotation", "words"), [(True, "brought a new one"), (False, "brought no new one")])
def test_r11_rotation_is_told_when_it_was_seen(connected: Host, rotation: bool, words: str):
    connected.org.settings(rotation=rotation)
    connected.org.control("clock", {"advance_seconds": 7300})
    texts = [finding.text for finding in lines(inspected(connected), Group.LOGIN)]
    assert any(words in text for text in texts)


def test_an_introspection_without_an_answer_fails_nothing(connected: Host):
    connected.org.control("faults", [{"kind": "reply", "status": 404, "body": "", "match": {"path": "introspect"}}])
    inspection = inspected(connected)
    assert not inspection.failed
    assert "Salesforce did not tell the app’s scopes." in [line.text for line in lines(inspection, Group.LOGIN)]
    connected.org.control("faults", [{"kind": "drop-before", "match": {"path": "introspect"}}])
    inspection = inspected(connected)
    assert not inspection.failed
    assert any("cannot be reached" in line.text for line in lines(inspection, Group.LOGIN))


class Run:
    """A run of the job, as far as this job looks at it."""


def nightly(host: Host) -> Any:
    before = host.org.used()
    result = JOB.run(host.context, Run())  # type: ignore[arg-type]
    assert host.org.used() - before == result.api_calls <= 2
    return result


def alarms(host: Host) -> list[str]:
    """The texts of the standing alarms about rights."""
    table = alarm_tables.alarms
    with host.services.database.reading() as connection:
        rows = connection.execute(select(table).where(table.c.key == rights.ALARM)).mappings().all()
    return [str(row["text"]) for row in rows if row.get("cleared_at") is None]


def test_b10_a_lost_right_raises_the_alarm_and_its_return_clears_it(connected: Host):
    assert isinstance(nightly(connected), Done)
    assert alarms(connected) == []
    connected.org.user(fields={"Contact.MobilePhone": {"read": False}}, objects={"Lead": {"read": False}})
    assert isinstance(nightly(connected), Done)
    (text,) = alarms(connected)
    assert "Contact.MobilePhone" in text
    assert "No call is matched with a Lead." in text
    connected.org.user(fields={"Contact.MobilePhone": {"read": True}})
    nightly(connected)
    (text,) = alarms(connected)
    assert "MobilePhone" not in text
    connected.org.user(objects={"Lead": {"read": True}})
    nightly(connected)
    assert alarms(connected) == []


@pytest.fixture
def anywhere(org: Org, database_url: str, clock: Clock) -> Iterator[Host]:
    """A connected host on each kind of database."""
    keys = (Fernet.generate_key().decode(),)
    services = build_services(
        Config(database_url=database_url, secret_key="s" * 40, encryption_keys=keys, url=SITE), clock=clock
    )
    host = Host(services, org, clock)
    host.connect("password")
    yield host
    services.database.engine.dispose()


def test_b10_a_lost_right_is_told_and_accepted_on_each_database(anywhere: Host):
    anywhere.org.user(objects={"Lead": {"read": False}})
    nightly(anywhere)
    (text,) = alarms(anywhere)
    assert "No call is matched with a Lead." in text
    rights.accept(anywhere.context, ADMIN)
    nightly(anywhere)
    assert alarms(anywhere) == []
    record = rights.record_from(anywhere.context.settings.read())
    assert record.accepted == {"Lead.:read"}
    anywhere.org.user(objects={"Lead": {"read": True}})
    nightly(anywhere)
    assert rights.record_from(anywhere.context.settings.read()).accepted == frozenset()


def test_b10_work_that_waited_for_a_right_goes_when_the_night_finds_it_back(connected: Host):
    released: list[bool] = []

    def at_night() -> int:
        context = replace(connected.context, resume_parked=lambda: released.append(True) or 0)
        JOB.run(context, Run())  # type: ignore[arg-type]
        return len(released)

    assert at_night() == 0
    connected.org.user(objects={"Lead": {"read": False}})
    assert at_night() == 0
    connected.org.user(objects={"Lead": {"read": True}})
    assert at_night() == 1
    assert at_night() == 1


def test_b10_it_runs_every_night(host: Host):
    found = host.services.registry.get("salesforce")
    assert found is not None
    (job,) = [job for job in found.manifest.jobs if job.name == "permission_check"]
    assert (job.daily_at, job.every) == (time(3, 30), None)


def test_b10_what_was_missing_when_connecting_alarms_nobody(host: Host):
    host.org.user(objects={"Lead": {"read": False}})
    host.connect("password")
    nightly(host)
    assert alarms(host) == []


def test_b10_access_to_the_api_lost_at_night(connected: Host):
    connected.org.settings(api_enabled=False)
    result = nightly(connected)
    assert isinstance(result, Skipped)
    (text,) = alarms(connected)
    assert "API access" in text
    assert rights.record_from(connected.context.settings.read()).good is not None, "the last good list stays"
    connected.org.settings(api_enabled=True)
    nightly(connected)
    assert alarms(connected) == []


def test_b10_without_a_connection_there_is_nothing_to_test(host: Host):
    assert isinstance(nightly(host), Skipped)
    host.connect("oauth")
    host.org.control("revoke", {})
    assert isinstance(nightly(host), Skipped), "found out now"
    asked = len(host.org.requests("/"))
    assert isinstance(nightly(host), Skipped), "known"
    assert len(host.org.requests("/")) == asked
    assert alarms(host) == []


def test_b10_no_answer_at_night_is_tried_again(connected: Host):
    connected.org.control("faults", [{"kind": "unavailable", "match": {"path": "/composite"}}])
    with pytest.raises(RetryLater) as caught:
        nightly(connected)
    assert caught.value.api_calls == 1
    assert alarms(connected) == []


def test_b10_a_look_up_that_meets_a_lost_right_tells_it(connected: Host):
    connected.org.user(fields={"Contact.MobilePhone": {"read": False}})
    look_up(
        Client(connecting.live_connection(connected.context), Purpose.LOOK_UP), Question(number="+81312345678", region="JP")
    )
    (text,) = alarms(connected)
    assert "Contact.MobilePhone" in text
    record = rights.record_from(connected.context.settings.read())
    assert [finding.field for finding in record.lost] == ["MobilePhone"]


def test_b10_disconnecting_ends_the_watch(connected: Host):
    connected.org.user(objects={"Lead": {"read": False}})
    nightly(connected)
    assert alarms(connected)
    rights.forget(connected.context)
    assert alarms(connected) == []
    assert rights.record_from(connected.context.settings.read()) == rights.RightsRecord()


def page(browser: Browser) -> str:
    answer = browser.get(PAGE)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.text)


def test_b10_on_the_page_a_failed_test_stands_above_the_last_good_one(pages: Pages):
    browser = pages.browser()
    pages.host.connect("oauth")
    pages.host.org.settings(api_enabled=False)
    assert browser.post(f"{PAGE}test").status_code == 303
    shown = page(browser)
    assert "This Salesforce org has no access to the REST API." in shown
    assert "The last test that could be done" in shown
    assert shown.index("no access to the REST API") < shown.index("The last test that could be done")
    assert "Can be read. Numbers are looked up in: Business Phone" in shown
    pages.host.org.settings(api_enabled=True)
    browser.post(f"{PAGE}test")
    assert "The last test that could be done" not in page(browser)


def test_b10_lost_rights_are_marked_and_can_be_accepted(pages: Pages):
    browser = pages.browser()
    pages.host.connect("oauth")
    pages.host.org.user(objects={"Lead": {"read": False}})
    nightly(pages.host)
    assert 'action="/plugins/salesforce/rights"' in page(browser)
    assert "nightly test" in page(browser)
    assert browser.post(f"{PAGE}rights").status_code == 303
    shown = page(browser)
    assert 'action="/plugins/salesforce/rights"' not in shown
    assert "No call is matched with a Lead." in shown
    nightly(pages.host)
    assert alarms(pages.host) == []
    pages.host.org.user(objects={"Contact": {"read": False}})
    nightly(pages.host)
    (text,) = alarms(pages.host)
    assert "Contact" in text
    assert "Lead" not in text


def test_the_button_reloads_the_page_when_htmx_asks(pages: Pages):
    browser = pages.browser()
    pages.host.connect("oauth")
    browser.headers["HX-Request"] = "true"
    answer = browser.post(f"{PAGE}test")
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (204, "true")


def test_a_failed_test_raises_what_it_was(connected: Host):
    connected.org.control("faults", [{"kind": "unavailable", "match": {"path": "/composite"}}])
    with pytest.raises(PluginError):
        connecting.run_test(connected.context, ADMIN)
    record = rights.record_from(connected.context.settings.read())
    assert record.last is not None
    assert record.last.failed
    assert record.good is not None
