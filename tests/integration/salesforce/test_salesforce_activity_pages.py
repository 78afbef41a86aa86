"""R24, R25: the tab Activity history: what is offered, what is refused at which place, the preview, and what is logged."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from host.plugin_api import Changed, ContactEntry
from plugins.salesforce.domain.activity.settings import ActivitySettings, Moment, activity_from
from plugins.salesforce.domain.activity.source import Source, types_for
from plugins.salesforce.pages.activity import TYPE_TITLES
from tests.integration.salesforce.activity_site import NUMBER, ActivitySite
from tests.integration.salesforce.conftest import ADMIN, AGENT, Browser, Host, Pages

pytestmark = pytest.mark.usefixtures("quick_passwords")

PAGE = "/plugins/salesforce/activity"
FIELDS = (
    {"name": "Started__c", "type": "datetime", "label": "発信日時"},
    {"name": "Day__c", "type": "date", "label": "通話日"},
    {"name": "Short__c", "type": "string", "label": "短いメモ", "length": 20},
    {"name": "Seconds__c", "type": "double", "label": "秒数"},
    {"name": "Kind__c", "type": "picklist", "label": "種別", "values": ["着信", "発信"], "restricted": True},
    {"name": "Page__c", "type": "url", "label": "リンク"},
    {"name": "Done__c", "type": "boolean", "label": "済"},
)


@pytest.fixture
def connected(pages: Pages) -> Pages:
    for field in FIELDS:
        pages.host.org.control("fields", {"object": "Task", **field})
    pages.host.connect("password")
    return pages


def settings(host: Host) -> ActivitySettings:
    return activity_from(host.context.settings.read())


def form(**changes: Any) -> dict[str, Any]:
    """The form as the page has it at first."""
    first: dict[str, Any] = {
        "moment": "after_end",
        "subject": "{CALL_TYPE} {PERSON}",
        "comment": "{MEMO}\n{CALL_URL}",
        "status": "",
        "call_types": ["inbound", "outbound"],
        "enabled": "on",
        "unmatched": "on",
    }
    return first | changes


def text_of(page: str) -> str:
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))


def offered(page: str, source: Source) -> list[str]:
    """The fields of Task that can be chosen for a value."""
    select = page.split(f'name="map_{source}"')[1].split("</select>", maxsplit=1)[0]
    return re.findall(r'<option value="([^"]+)"', select)


def near(page: str, name: str) -> str:
    """What is said at a field of the form."""
    return text_of(re.split('class="(?:mb-3|mapping-row)', page.split(f'id="{name}"')[1])[0])


def preview(browser: Browser, **changes: Any) -> str:
    browser.headers["HX-Request"] = "true"
    answer = browser.post(f"{PAGE}/preview", **form(**changes))
    del browser.headers["HX-Request"]
    assert answer.status_code == 200
    return str(answer.text)


def test_r24_only_admins(pages: Pages):
    assert pages.browser(AGENT).get(PAGE).status_code == 403


def test_r24_before_connecting_there_is_nothing_to_choose_from(pages: Pages):
    text = text_of(pages.browser().get(PAGE).text)
    assert "Connect first." in text
    assert pages.browser().post(PAGE, **form()).status_code == 303


def test_r24_off_until_it_is_enabled(connected: Pages):
    page = connected.browser().get(PAGE).text
    assert not settings(connected.host).enabled
    assert not re.search(r'name="enabled"[^>]*checked', page)


def test_r24_the_org_is_asked_once_a_day(connected: Pages):
    browser, before = connected.browser(), connected.host.org.used()
    for _ in range(3):
        browser.get(PAGE)
    browser.post(PAGE, **form())
    preview(browser)
    assert connected.host.org.used() - before == 1
    connected.host.clock.advance(hours=25)
    connected.browser().get(PAGE)
    assert connected.host.org.used() - before == 2


def test_r24_the_statuses_are_the_orgs_own(connected: Pages):
    page = connected.browser().get(PAGE).text
    select = page.split('name="status"')[1].split("</select>")[0]
    assert re.findall(r'<option value="([^"]*)"', select)[:3] == ["", "Not Started", "In Progress"]
    assert "What is completed: Completed" in text_of(select)
    assert connected.browser().post(PAGE, **form(status="In Progress")).status_code == 303
    assert settings(connected.host).status == "In Progress"
    connected.browser().post(PAGE, **form(status="Made Up"))
    assert settings(connected.host).status == "In Progress"


WANTED = {
    Source.DIAL_STARTED_AT: {"Started__c", "Day__c", "Short__c", "Call_Id__c"},
    Source.TALK_SECONDS: {"Seconds__c", "Short__c", "Call_Id__c"},
    Source.CALL_TYPE: {"Kind__c", "Short__c", "Call_Id__c"},
    Source.CALL_URL: {"Page__c", "Short__c", "Call_Id__c"},
    Source.MEMO: {"Short__c", "Call_Id__c"},
    Source.MEMO_ITEMS: {"Kind__c", "Short__c", "Call_Id__c"},
}


def test_r24_only_fields_of_a_fitting_type_are_offered(connected: Pages):
    page = connected.browser().get(PAGE).text
    assert {source: set(offered(page, source)) for source in WANTED} == WANTED


def test_r24_only_fields_that_the_user_may_write_are_offered(connected: Pages):
    connected.host.org.user(fields={"Task.Started__c": {"edit": False}, "Task.Day__c": {"read": False}})
    page = connected.browser().get(PAGE).text
    assert set(offered(page, Source.ENDED_AT)) == {"Short__c", "Call_Id__c"}


def test_r24_every_type_that_is_offered_has_a_name():
    assert {one for source in Source for one in types_for(source)} <= set(TYPE_TITLES)


def test_r24_saving_and_what_the_operation_log_tells(connected: Pages):
    host = connected.host
    changed = form(
        moment="after_start", call_types=["inbound", "missed"], map_dial_started_at="Started__c", map_memo="Short__c"
    )
    del changed["unmatched"]
    assert connected.browser().post(PAGE, **changed).status_code == 303
    kept = settings(host)
    assert (kept.enabled, kept.moment, kept.unmatched) == (True, Moment.AFTER_START, False)
    assert kept.mapping == {"Started__c": "dial_started_at", "Short__c": "memo"}
    assert {str(kind) for kind in kept.call_types} == {"inbound", "missed"}
    logged = host.context.operations.find().operations[0]
    assert (logged.actor, logged.action) == (ADMIN, "activity history changed")
    assert logged.detail["activity history"] == Changed("off", "on")
    assert logged.detail["written"] == Changed("when the call is over", "as soon as the call begins")
    assert logged.detail["Memo"] == Changed(None, ["Short__c"])
    assert "status" not in logged.detail, "it is as it was"


def test_r24_saving_the_same_again_is_no_line_in_the_log(connected: Pages):
    browser = connected.browser()
    browser.post(PAGE, **form())
    before = len(connected.host.context.operations.find().operations)
    browser.post(PAGE, **form())
    assert len(connected.host.context.operations.find().operations) == before


def test_r25_unknown_placeholders_are_refused_with_their_position(connected: Pages):
    answer = connected.browser().post(PAGE, **form(subject="{CALL_TYPE} {PERSN}", comment="{MEMO}\n→ {NUMBR\n{MEMO"))
    assert answer.status_code == 422
    assert "Line 1, column 13: there is no placeholder {PERSN}. Did you mean {PERSON}?" in near(answer.text, "subject")
    assert "Line 2, column 3: the closing brace } of {NUMBR is missing." in near(answer.text, "comment")
    assert "Line 3, column 1" in near(answer.text, "comment")
    assert "{CALL_TYPE} {PERSN}" in unescape(answer.text), "what was typed is still there"
    assert settings(connected.host) == ActivitySettings()


def test_r24_one_field_takes_one_value(connected: Pages):
    answer = connected.browser().post(PAGE, **form(map_memo="Short__c", map_summary="Short__c"))
    assert answer.status_code == 422
    for name in ("map_memo", "map_summary"):
        assert "One field takes one value." in near(answer.text, name)
    assert "One field takes one value." not in near(answer.text, "map_transcript")
    assert settings(connected.host).mapping == {}


def test_r24_a_kind_of_call_must_be_ticked(connected: Pages):
    answer = connected.browser().post(PAGE, **form(call_types=[]))
    assert answer.status_code == 422
    assert "Tick at least one kind of call." in answer.text
    assert connected.browser().post(PAGE, **form(call_types=["inbound", "fax"])).status_code == 303


def test_r24_a_field_that_has_gone_is_told_at_its_place_and_stays_until_it_is_changed(connected: Pages):
    host, browser = connected.host, connected.browser()
    browser.post(PAGE, **form(map_memo="Short__c"))
    host.org.user(fields={"Task.Short__c": {"read": False}})
    browser.post(f"{PAGE}/fields")
    page = browser.get(PAGE).text
    assert "This field is not there any more" in near(page, "map_memo")
    assert re.search(r'<option value="Short__c" selected', page)
    assert "This field" not in near(page, "map_memo_items")
    assert browser.post(PAGE, **form(map_memo="Short__c")).status_code == 303
    assert settings(host).mapping == {"Short__c": "memo"}


def test_r24_r31_a_field_that_salesforce_demands_is_told_before_a_call_fails_for_it(connected: Pages):
    connected.host.org.control(
        "fields", {"object": "Task", "name": "Must__c", "type": "string", "length": 20, "label": "必須", "required": True}
    )
    browser = connected.browser()
    told = "Salesforce demands a value in the field “必須” (Must__c)"
    assert told in unescape(browser.get(PAGE).text)
    browser.post(PAGE, **form(map_memo="Must__c"))
    assert told not in unescape(browser.get(PAGE).text)


def test_r24_values_over_the_length_are_told_at_their_place(connected: Pages):
    browser = connected.browser()
    browser.post(PAGE, **form(map_memo="Short__c", subject="長" * 300))
    page = browser.get(PAGE).text
    assert "Texts of more than 20 characters are cut off here." in near(page, "map_memo")
    assert "it already has 300 characters; Salesforce takes 255" in near(page, "subject")


def test_r24_when_salesforce_cannot_be_asked_the_rest_can_still_be_set(connected: Pages):
    host, browser = connected.host, connected.browser()
    host.context.settings.write({"activity": ActivitySettings(mapping={"Short__c": "memo"}, status="Deferred").to_json()})
    host.org.user(active=False)
    page = browser.get(PAGE)
    assert page.status_code == 200
    assert "Salesforce cannot be asked for its fields now" in page.text
    assert 'name="map_memo"' not in page.text
    assert browser.post(PAGE, **form(subject="{NUMBER}")).status_code == 303
    kept = settings(host)
    assert (kept.subject, kept.mapping, kept.status) == ("{NUMBER}", {"Short__c": "memo"}, "Deferred")


def test_r10_who_may_not_write_tasks_is_told_here_too(connected: Pages):
    connected.host.org.user(objects={"Task": {"read": False}})
    page = text_of(connected.browser().get(PAGE).text)
    assert "The connected user may not see Tasks. Give the user the permission “Edit Tasks”" in page


def test_r25_the_preview_shows_a_real_call_as_it_would_be_written(connected: Pages):
    host, browser = connected.host, connected.browser()
    site = ActivitySite(host)
    call = site.call()
    site.write_memo(call, "折り返しお願いします")
    host.clock.advance(minutes=5)
    newer = site.call("+81399998888")
    entry = ContactEntry(number=NUMBER, company="青空商事", person="山田 太郎", source="salesforce", updated_at=host.clock())
    host.context.contact_book.register(entry)
    before = host.org.used()
    browser.get(PAGE)
    page = preview(browser, call=call, map_talk_seconds="Seconds__c", map_dial_started_at="Started__c")
    text = text_of(page)
    assert "Inbound call 山田 太郎" in text
    assert "折り返しお願いします" in text
    assert f"/calls/{call}" in text
    assert "秒数 Seconds__c 120" in text
    assert "発信日時 Started__c 2026-11-22 11:57:00" in text, "in the site's zone"
    assert "Status Completed" in text
    assert "of 32,000 characters" in text
    assert f"/calls/{newer}" in text_of(preview(browser)), "the newest one if none is chosen"
    assert host.org.used() - before == 1
    assert settings(host) == ActivitySettings(), "nothing is stored"


def test_r25_the_preview_says_what_is_cut_and_what_is_wrong(connected: Pages):
    site = ActivitySite(connected.host)
    call, browser = site.call(), connected.browser()
    browser.get(PAGE)
    site.write_memo(call, "これは二十文字をこえる長さの応対メモです。もう一文。")
    page = preview(browser, map_memo="Short__c", subject="{PERSON} {OOPS}")
    assert "Cut" in text_of(page.split("Short__c")[1].split("</dd>")[0])
    assert "there is no placeholder {OOPS}" in page
    assert "Cut" not in text_of(page.split("Short__c")[0])


def test_r24_the_preview_tells_why_a_call_would_not_be_written(connected: Pages):
    call = ActivitySite(connected.host).call(direction="internal")
    text = text_of(preview(connected.browser(), call=call))
    assert "This call would not be written: Calls of this kind are not written as activities." in text


def test_r28_the_preview_tells_to_whom_the_task_belongs(connected: Pages):
    call = ActivitySite(connected.host).call()
    assert "Belongs to integration@tsunagu-demo.example" in text_of(preview(connected.browser(), call=call))
    connected.host.context.settings.write({"assignees": {"1": {"id": "005000000000002AAA", "name": "佐藤 アリス"}}})
    assert "Belongs to 佐藤 アリス" in text_of(preview(connected.browser(), call=call))


def test_r25_without_a_call_the_preview_says_so_and_without_a_script_it_is_a_page(connected: Pages):
    browser = connected.browser()
    assert "There has been no call yet." in preview(browser)
    page = browser.post(f"{PAGE}/preview", **form(subject="Nothing stored"))
    assert page.status_code == 200
    assert "<h1>" in page.text
    assert 'value="Nothing stored"' in page.text


def test_r25_a_call_that_is_none_is_no_error(connected: Pages):
    browser = connected.browser()
    for call in ("nope", "\x00", "x" * 5000):
        assert "There has been no call yet." in preview(browser, call=call)


def test_b16_the_settings_are_kept_when_disconnected_but_not_the_fields_of_the_org(pages: Pages):
    host, browser = pages.host, pages.browser()
    host.org.control("fields", {"object": "Task", **FIELDS[2]})
    host.connect("oauth")
    browser.post(PAGE, **form(map_memo="Short__c"))
    assert "task_schema" in host.context.settings.read()
    browser.post("/plugins/salesforce/disconnect")
    assert "task_schema" not in host.context.settings.read()
    assert not settings(host).enabled
    host.connect("oauth")
    assert settings(host).mapping == {"Short__c": "memo"}
    detail = next(one.detail for one in host.context.operations.find().operations if one.action == "settings restored")
    assert detail["activity history"] == Changed("off", "on")
    assert detail["Memo"] == Changed(None, ["Short__c"])
    assert "people assigned to Salesforce users" not in detail


def test_r24_the_page_is_japanese_for_japanese_people(connected: Pages):
    page = text_of(connected.browser(language="ja").get(PAGE).text)
    assert "通話を活動として Salesforce に登録する" in page
    assert "完了の状況（Completed）" in page


def test_r24_r28_a_call_is_written_as_it_was_set_up_here(connected: Pages):
    host, browser = connected.host, connected.browser()
    database = host.org.running.org.database
    alice = database.rows("SELECT Id FROM User WHERE Alias = 'alice'", ())[0][0]
    browser.post(PAGE, **form(subject="{NUMBER} {USER_NAME}", map_talk_seconds="Seconds__c", status="In Progress"))
    browser.post("/plugins/salesforce/assignees/1", id=alice)
    site = ActivitySite(host)
    site.tell_end(site.call())
    (row,) = database.rows("SELECT Subject, Status, OwnerId, Seconds__c FROM Task", ())
    assert tuple(row) == (f"{NUMBER} {ADMIN}", "In Progress", alice, 120)
