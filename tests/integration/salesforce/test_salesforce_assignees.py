"""R28: who stands for whom: searched by hand, matched by e-mail address, shared, missing, and not active any more."""

from __future__ import annotations

import re
from html import unescape

import pytest

from host.plugin_api import Changed, Done
from host.security.users import Role, create_user
from plugins.salesforce.assignees import Assignee, assignees_from
from plugins.salesforce.permission_check import check_rights
from tests.integration.salesforce.conftest import ADMIN, AGENT, PASSWORD, Host, Pages

pytestmark = pytest.mark.usefixtures("quick_passwords")

PAGE = "/plugins/salesforce/assignees"
ALICE, BOB, CAROL = (f"{name}@tsunagu-demo.example" for name in ("alice", "bob", "carol"))


@pytest.fixture
def connected(pages: Pages) -> Pages:
    pages.host.connect("password")
    return pages


def person(host: Host, email: str, name: str = "") -> int:
    with host.services.database.writing() as connection:
        return create_user(connection, email=email, name=name or email, role=Role.AGENT, password=PASSWORD, now=host.clock())


def id_of(host: Host, email: str) -> str:
    rows = host.org.running.org.database.rows("SELECT Id FROM User WHERE Email = ?", (email,))
    return str(rows[0][0])


def kept(host: Host) -> dict[int, Assignee]:
    return assignees_from(host.context.settings.read())


def text_of(page: str) -> str:
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))


def number_of(host: Host, email: str) -> int:
    return next(user.id for user in host.context.users() if user.email == email)


def test_r28_only_admins(pages: Pages):
    assert pages.browser(AGENT).get(PAGE).status_code == 403
    assert pages.browser(AGENT).post(f"{PAGE}/apply").status_code == 403


def test_r28_all_people_are_listed_and_the_missing_ones_marked(connected: Pages):
    person(connected.host, "new@example.com", "新人")
    before = connected.host.org.used()
    text = text_of(connected.browser().get(PAGE).text)
    assert text.count("Not assigned") == 3
    assert "新人" in text
    assert connected.host.org.used() == before, "to look costs nothing"


SEARCHES = {
    "アリス": [ALICE],
    "佐藤": [ALICE],
    "BOB@": [BOB],
    "tsunagu-demo": [ALICE, "integration@tsunagu-demo.example", BOB, CAROL],
    "%": None,
    "a": None,
    " ": None,
    "%%": [],
    "__": [],
    "O'Brien\\": [],
    "\x01\x02": None,
}


def test_r28_users_are_searched_as_one_types(connected: Pages):
    host, browser = connected.host, connected.browser()
    browser.headers["HX-Request"] = "true"
    for typed, wanted in SEARCHES.items():
        before = host.org.used()
        answer = browser.client.get(f"{PAGE}/1", query_string={"q": typed}, headers=browser.headers)
        assert answer.status_code == 200, typed
        assert "<h1>" not in answer.text
        assert host.org.used() - before == (0 if wanted is None else 1), "one API call, none for too short a text"
        assert re.findall(r"[\w.]+@[\w.-]+", text_of(answer.text)) == (wanted or []), typed


def test_r28_who_is_not_active_is_shown_and_cannot_be_chosen(connected: Pages):
    host, browser = connected.host, connected.browser()
    page = browser.get(f"{PAGE}/1?q=春香").text
    assert "Not active" in page
    assert "Choose 高橋" not in page
    browser.post(f"{PAGE}/1", id=id_of(host, CAROL))
    assert kept(host) == {}
    assert "is not active (any more)" in browser.get(PAGE).text


def test_r28_assigned_by_hand_shared_and_taken_away(connected: Pages):
    host, browser = connected.host, connected.browser()
    admin, agent = number_of(host, ADMIN), number_of(host, AGENT)
    for user in (admin, agent):
        assert browser.post(f"{PAGE}/{user}", id=id_of(host, ALICE)).status_code == 303
    alice = Assignee(id=id_of(host, ALICE), name="佐藤 アリス", email=ALICE)
    assert kept(host) == {admin: alice, agent: alice}
    assert browser.get(PAGE).text.count("Shared by 2") == 2
    logged = host.context.operations.find().operations[0]
    assert (logged.actor, logged.action) == (ADMIN, "assignment of people changed")
    assert logged.detail == {AGENT: Changed("nobody: the connected user", "佐藤 アリス")}
    browser.post(f"{PAGE}/{admin}")
    assert set(kept(host)) == {agent}
    assert "Shared by" not in browser.get(PAGE).text


def test_r28_an_id_that_is_no_users_assigns_nobody(connected: Pages):
    browser = connected.browser()
    for wanted in ("005000000000999AAA", "nonsense", "' OR Id != '", "x" * 4000):
        assert browser.post(f"{PAGE}/1", id=wanted).status_code == 303
        assert kept(connected.host) == {}


def test_r28_people_who_are_not_there(connected: Pages):
    browser = connected.browser()
    assert browser.get(f"{PAGE}/999").status_code == 404
    assert browser.post(f"{PAGE}/999", id="").status_code == 404


def test_r28_all_are_matched_by_e_mail_after_a_preview(connected: Pages):
    host, browser = connected.host, connected.browser()
    ours = {email: person(host, email) for email in (ALICE, BOB, CAROL)}
    browser.post(f"{PAGE}/{ours[BOB]}", id=id_of(host, ALICE))
    before = host.org.used()
    page = browser.post(f"{PAGE}/match").text
    assert host.org.used() - before == 1
    text = text_of(page)
    for words in ("Will be assigned", "Is assigned to somebody else", "Now: 佐藤 アリス", "Not active in Salesforce"):
        assert words in text
    assert text.count("No user has this address") == 2
    assert kept(host)[ours[BOB]].email == ALICE, "nothing is changed yet"
    boxes = re.findall(r'name="pair" value="([^"]+)"[^>]*?( checked)?>', page)
    ticked = [value for value, checked in boxes if checked]
    assert ticked == [f"{ours[ALICE]}:{id_of(host, ALICE)}"], "who was assigned by hand is not overwritten unasked"
    browser.post(f"{PAGE}/apply", pair=[value for value, _checked in boxes])
    assert {user: one.email for user, one in kept(host).items()} == {ours[ALICE]: ALICE, ours[BOB]: BOB}
    detail = host.context.operations.find().operations[0].detail
    assert detail == {
        ALICE: Changed("nobody: the connected user", "佐藤 アリス"),
        BOB: Changed("佐藤 アリス", "鈴木 次郎"),
    }


def test_r28_pairs_that_cannot_be_assign_nobody(connected: Pages):
    browser = connected.browser()
    for pairs in ([], ["nonsense"], ["999:005000000000002AAA"], ["1:' OR Name != '"], [":"]):
        assert browser.post(f"{PAGE}/apply", pair=pairs).status_code == 303
        assert kept(connected.host) == {}


def test_r28_who_is_not_active_any_more_is_noticed(connected: Pages):
    host, browser = connected.host, connected.browser()
    browser.post(f"{PAGE}/1", id=id_of(host, BOB))
    host.org.control(f"users/{BOB}", {"active": False})
    before = host.org.used()
    browser.post(f"{PAGE}/refresh")
    assert host.org.used() - before == 1
    assert not kept(host)[1].active
    assert "1 assigned user is not active." in browser.get(PAGE).text
    assert "Not active" in browser.get(PAGE).text
    host.org.control(f"users/{BOB}", {"active": True})
    browser.post(f"{PAGE}/refresh")
    assert kept(host)[1].active


def test_r28_many_people_are_matched_in_one_call(connected: Pages):
    from plugins.salesforce import connecting
    from plugins.salesforce.client import Client
    from plugins.salesforce.domain.purpose import Purpose
    from plugins.salesforce.salesforce_users import users_by_email

    before = connected.host.org.used()
    client = Client(connecting.live_connection(connected.host.context), Purpose.OTHER)
    found = users_by_email(client, [BOB, *(f"somebody.with.a.long.name{number}@example.co.jp" for number in range(900))])
    assert [user.email for user in found] == [BOB]
    assert connected.host.org.used() - before == 1


def test_r28_without_a_connection_the_reason_is_told(pages: Pages):
    browser = pages.browser()
    assert browser.get(PAGE).status_code == 200
    assert "Salesforce is not connected." in browser.get(f"{PAGE}/1?q=alice").text
    browser.post(f"{PAGE}/match")
    assert "Salesforce is not connected." in browser.get(PAGE).text


def test_r28_what_the_activity_history_tells(connected: Pages):
    connected.browser().post(f"{PAGE}/1", id=id_of(connected.host, ALICE))
    assert "Assigned: 1 of 2 people." in text_of(connected.browser().get("/plugins/salesforce/activity").text)


def run_of_the_night(host: Host) -> Done:
    done = check_rights(host.context, None)  # type: ignore[arg-type]
    assert isinstance(done, Done)
    return done


def test_r28_the_night_notices_who_is_not_active_any_more(connected: Pages):
    host = connected.host
    assert run_of_the_night(host).api_calls == 1, "nobody is assigned"
    connected.browser().post(f"{PAGE}/1", id=id_of(host, BOB))
    host.org.control(f"users/{BOB}", {"active": False})
    before = host.org.used()
    assert run_of_the_night(host).api_calls == host.org.used() - before == 2
    assert not kept(host)[1].active
    host.org.user(objects={"User": {"read": False}})
    host.org.control(f"users/{BOB}", {"active": True})
    run_of_the_night(host)
    assert not kept(host)[1].active, "where users may not be read, all stays as it was"
