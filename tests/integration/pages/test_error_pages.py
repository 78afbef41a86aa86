"""R31, B5: the inbox of integration errors on the host's page and on the plugin's own."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from office_fixture import ADMIN, AGENT, Office, add_call, add_delivery
from sqlalchemy import insert, select, update

from host.delivery.inbox import PER_PAGE, reason_groups
from host.sentences import Sentence
from host.storage import tables
from host.storage.job_tables import job_runs

LOST = "Salesforce does not accept the connection any more. An admin must connect again."
SALESFORCE = "/plugins/salesforce/errors"


@pytest.fixture(autouse=True)
def nothing_stopped(office: Office) -> None:
    """Begin without the work that the furnished site has."""
    with office.services.database.writing() as connection:
        connection.execute(update(tables.deliveries).values(state="done", reason=""))


def stop(office: Office, state: str = "failed", message: str = LOST, parked_for: str | None = None) -> int:
    call = add_call(office.services, agent="102")
    return add_delivery(office.services, call, state, message, parked_for=parked_for, attempts=("permanent",))


def reason(office: Office) -> str:
    with office.services.database.reading() as connection:
        (group,) = reason_groups(connection).shown
    return group.reason


def states(office: Office, *ids: int) -> set[str]:
    with office.services.database.reading() as connection:
        query = select(tables.deliveries.c.state).where(tables.deliveries.c.id.in_(ids))
        return set(connection.execute(query).scalars())


def test_r31_only_admins_come_in(office: Office) -> None:
    for page in ("/settings/errors", "/settings/errors/live", SALESFORCE):
        assert office.browser(AGENT).get(page).status_code == 403
        assert office.browser(ADMIN).get(page).status_code == 200
    one = stop(office)
    for action in ("retry", "drop", "jobs/retry"):
        answer = office.browser(AGENT).post(f"/settings/errors/{action}", all="yes", plugin="salesforce")
        assert answer.status_code == 403
        assert office.browser(None).post(f"/settings/errors/{action}", all="yes").status_code == 302
    assert states(office, one) == {"failed"}


@pytest.mark.parametrize("page", ["/settings/errors", SALESFORCE])
def test_r31_b5_a_reason_says_what_happened_what_to_do_and_which_calls(office: Office, page: str) -> None:
    for _ in range(2):
        stop(office, "parked", LOST, "reauthorise")
    browser = office.browser()
    text = browser.text(page)
    for said in (LOST, "Connect again on the page of Salesforce.", "2 pieces of work", "On hold: connect again"):
        assert said in text
    assert '<a class="btn btn-primary" href="/plugins/salesforce/">Open the settings of Salesforce</a>' in text
    opened = unescape(re.search(r'href="([^"#]*open=[^"#]*)', text)[1])  # type: ignore[index]
    assert opened.startswith(page)
    calls = browser.text(opened)
    assert calls.count("090-1234-5678") == 2
    assert "山田 太郎" in calls
    assert browser.text(f"{opened}x").count("090-1234-5678") == 0


def test_r31_many_calls_of_a_reason_are_paged(office: Office) -> None:
    for _ in range(PER_PAGE + 2):
        stop(office)
    browser = office.browser()
    first = browser.text(f"/settings/errors?open=salesforce:{reason(office)}")
    assert len(re.findall(r'data-focus="call-\d+', first)) == PER_PAGE
    older = unescape(re.search(r'href="([^"#]*)[^"]*" rel="next"', first)[1])  # type: ignore[index]
    second = browser.text(older)
    assert len(re.findall(r'data-focus="call-\d+', second)) == 2
    assert 'rel="prev"' in second
    for odd in ("0", "-1", "x", "99999999999999999999"):
        assert browser.get(f"/settings/errors?open=salesforce:{reason(office)}&before={odd}").status_code == 200


def test_r31_trying_again_leads_back_and_shows_that_it_is_going_on(office: Office) -> None:
    ids = [stop(office) for _ in range(2)]
    browser = office.browser()
    here = f"{SALESFORCE}?open=salesforce:{reason(office)}#there"
    answer = browser.post("/settings/errors/retry", plugin="salesforce", reason=reason(office), next=here)
    assert (answer.status_code, answer.location) == (303, here)
    assert states(office, *ids) == {"waiting"}
    text = browser.text(SALESFORCE)
    assert "2 pieces of work are being tried again." in text
    assert "2 are being tried again" in text
    assert 'hx-trigger="every 2s"' in text
    assert "errors tried again" in browser.text("/settings/log")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", ""])
def test_r31_next_never_leads_elsewhere(office: Office, elsewhere: str) -> None:
    stop(office)
    answer = office.browser().post("/settings/errors/retry", all="yes", next=elsewhere)
    assert answer.location == "/settings/errors"
    poll = office.browser().get("/settings/errors/live", query_string={"on": elsewhere})
    assert "evil" not in poll.get_data(as_text=True)


def test_r31_one_and_everything_are_dropped(office: Office) -> None:
    one, other = stop(office), stop(office, "retrying", "Later.")
    browser = office.browser()
    browser.post("/settings/errors/drop", delivery=str(one))
    assert (states(office, one), states(office, other)) == ({"skipped"}, {"retrying"})
    browser.post("/settings/errors/drop", all="yes")
    assert states(office, other) == {"skipped"}
    assert "Nothing was changed" in browser.text(browser.post("/settings/errors/drop", all="yes").location)


@pytest.mark.parametrize("action", ["retry", "drop"])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"all": "no"},
        {"delivery": "x"},
        {"delivery": "-1"},
        {"delivery": "99999999999"},
        {"delivery": "000000000019"},
        {"delivery": "１"},
        {"plugin": "sales force"},
        {"plugin": "salesforce", "reason": "failed"},
        {"reason": "failed-0123456789abcdef"},
        {"plugin": "salesforce\0"},
    ],
)
def test_r31_what_means_nothing_is_refused_and_changes_nothing(office: Office, action: str, fields: dict[str, str]) -> None:
    one = stop(office)
    assert office.browser().post(f"/settings/errors/{action}", **fields).status_code == 400
    assert states(office, one) == {"failed"}


def test_r31_without_the_page_s_token_nothing_is_done(office: Office) -> None:
    one = stop(office)
    for action in ("retry", "drop"):
        answer = office.browser().post(f"/settings/errors/{action}", all="yes", csrf_token="wrong")
        assert answer.status_code == 400
    assert states(office, one) == {"failed"}


def test_r31_before_connecting_again_the_page_says_that_it_will_wait(office: Office) -> None:
    stop(office, "parked", LOST, "reauthorise")
    browser = office.browser()
    assert "Try again before connecting?" in browser.text("/settings/errors")
    browser.post("/settings/errors/retry", plugin="salesforce", reason=reason(office))
    assert "this waits again until somebody connects" in browser.text("/settings/errors")


def test_r31_the_menu_counts_and_the_filter_takes_one_plugin(office: Office) -> None:
    stop(office)
    stop(office, "retrying", "Later.")
    text = office.browser().text("/calls")
    assert re.search(r'class="nav-count">1<', text)
    assert "nav-count" not in office.browser(AGENT).text("/calls")
    assert LOST in office.browser().text("/settings/errors?plugin=salesforce")
    assert LOST not in office.browser().text("/settings/errors?plugin=contacts")
    assert LOST in office.browser().text("/settings/errors?plugin=x'y")


def test_r31_without_errors_the_page_is_calm(office: Office) -> None:
    with office.services.database.writing() as connection:
        (one, *_others) = connection.execute(select(tables.deliveries.c.id)).scalars()
        for hours in (1, 2, 30):
            at = office.services.clock() - timedelta(hours=hours)
            attempt = {"delivery_id": one, "number": 9, "worker": "w", "started_at": at, "finished_at": at, "result": "done"}
            connection.execute(insert(tables.delivery_attempts).values(**attempt))
    text = office.browser().text("/settings/errors")
    assert "No errors" in text
    assert re.search(r"\d+ deliveries went well in the last 24 hours\.", text)
    assert re.search(r'<svg[^>]*role="img" aria-label="What the plugins did by the hour: \d+ went well', text)


def test_r31_the_page_keeps_itself_up_to_date(office: Office) -> None:
    one = stop(office)
    browser = office.browser()
    version = re.search(r'data-seen="([^"]+)"', browser.text("/settings/errors"))[1]  # type: ignore[index]
    assert browser.get(f"/settings/errors/live?on=/settings/errors&seen={version}").status_code == 204
    with office.services.database.writing() as connection:
        office.services.publisher.retry(connection, one)
    changed = browser.get(f"/settings/errors/live?on=/settings/errors&seen={version}")
    assert changed.status_code == 200
    assert "1 is being tried again" in changed.text
    assert changed.headers["X-Page-Version"] != version


def test_r31_a_call_s_page_says_what_to_do_and_leads_to_its_reason(office: Office) -> None:
    call = add_call(office.services)
    add_delivery(office.services, call, "failed", Sentence("The record %(id)s is gone.", id="x"))
    text = office.browser().text(f"/calls/{call}")
    assert "It is not tried again by itself." in text
    link = unescape(re.search(r'href="(/settings/errors\?open=[^"]+)"', text)[1])  # type: ignore[index]
    assert "The record x is gone." in office.browser().text(link.partition("#")[0])
    assert "/settings/errors?open" not in office.browser(AGENT).text(f"/calls/{call}")


def test_r31_a_job_that_failed_stands_there_and_runs_again(office: Office) -> None:
    now = office.services.clock()
    plugin = next(one for one in office.services.registry.loaded if one.manifest.jobs)
    job = plugin.manifest.jobs[0].name
    row = {"plugin": plugin.name, "job": job, "due_at": now, "state": "failed", "kept": {}, "message": "It broke. Mend it."}
    with office.services.database.writing() as connection:
        times = {"created_at": now, "updated_at": now, "started_at": now, "finished_at": now}
        connection.execute(insert(job_runs).values(**row, **times))
    browser = office.browser()
    text = browser.text("/settings/errors")
    assert "It broke. Mend it." in text
    assert "then run the job again" in text
    assert browser.post("/settings/errors/jobs/retry", plugin=plugin.name, job="no_such").status_code == 404
    assert browser.post("/settings/errors/jobs/retry", plugin="nobody", job=job).status_code == 404
    office.services.registry.set_enabled(plugin.name, False, ADMIN)
    browser.post("/settings/errors/jobs/retry", plugin=plugin.name, job=job)
    assert "is switched off, and its jobs with it" in unescape(browser.text("/settings/errors"))
    assert office.services.registry.context(plugin.name).jobs.runs(job, 1)[0].state == "failed"
    office.services.registry.set_enabled(plugin.name, True, ADMIN)
    assert browser.post("/settings/errors/jobs/retry", plugin=plugin.name, job=job).status_code == 303
    latest = office.services.registry.context(plugin.name).jobs.runs(job, 1)[0]
    assert (latest.state, latest.started_by) == ("waiting", ADMIN)
    assert "It broke" not in browser.text("/settings/errors")
