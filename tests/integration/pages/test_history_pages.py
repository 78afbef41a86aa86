"""The call history: names, filters, paging, and how it keeps itself up to date."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from office_fixture import Office, add_call, change_call

from host.plugin_api import ContactEntry

ROW = re.compile(r'<tr role="row" id="call-([0-9a-f-]+)"')


def rows(page: str) -> list[str]:
    return ROW.findall(page)


def row_of(page: str, call_id: str) -> str:
    found = re.search(rf'<tr role="row" id="call-{call_id}".*?</tr>', page, re.DOTALL)
    assert found
    return found[0]


def test_r6_the_list_shows_company_and_person_of_the_contact_book(office: Office) -> None:
    row = row_of(office.browser().text("/calls"), office.calls["matched"])
    assert "株式会社山田製作所" in row
    assert "山田 太郎" in row
    assert "090-1234-5678" in row
    assert "6:12" in row
    assert "鈴木 健太" in row
    assert "来週水曜 14:00" in row


def test_r6_a_number_without_an_entry_says_so_in_both_languages(office: Office) -> None:
    browser = office.browser()
    english = row_of(browser.text("/calls"), office.calls["unknown"])
    assert "company not registered" in english
    assert "person not registered" in english
    browser.post("/preferences/language", language="ja")
    japanese = row_of(browser.text("/calls"), office.calls["unknown"])
    assert "取引先名未登録" in japanese
    assert "担当者名未登録" in japanese


def test_an_internal_call_names_both_colleagues(office: Office) -> None:
    row = row_of(office.browser().text("/calls"), office.calls["internal"])
    assert "高橋 由美子 → ext. 104" in row
    assert "Internal" in row
    assert "withheld" not in row


def test_a_withheld_number_stands_in_the_place_of_the_names(office: Office) -> None:
    row = row_of(office.browser().text("/calls"), office.calls["withheld"])
    assert re.search(r'class="call-who" colspan="2"><span class="unregistered">Number withheld<', row)
    assert row.count("Number withheld") == 1
    assert "is-blank" in row


def test_calls_stand_newest_first_with_times_in_the_site_s_zone(office: Office) -> None:
    page = office.browser().text("/calls")
    assert rows(page)[0] == office.calls["ringing"]
    assert 'datetime="2026-11-20T06:24:00Z">20 Nov 15:24' in row_of(page, office.calls["matched"])


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("number=090-1234-5678", {"ringing", "matched"}),
        ("number=３４４４４", {"unknown"}),
        ("name=海洋", {"missed", "busy"}),
        ("direction=internal", {"internal"}),
        ("outcome=busy", {"busy"}),
        ("user=1", {"outbound"}),
        ("from=2026-11-21", set()),
        ("from=2026-11-20&to=2026-11-20&direction=outbound", {"outbound", "busy"}),
    ],
)
def test_filters_stand_in_the_address(office: Office, query: str, names: set[str]) -> None:
    page = office.browser().text(f"/calls?{query}")
    by_id = {call_id: name for name, call_id in office.calls.items()}
    found = {by_id[call_id] for call_id in rows(page) if call_id in by_id}
    assert found == names
    assert "Reset" in page


def test_no_call_for_these_filters_is_a_sentence(office: Office) -> None:
    assert "No call fits these filters" in office.browser().text("/calls?number=0000")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("number=abc", "Type at least one digit of the number."),
        ("outcome=nonsense", "Choose one of the list."),
        ("direction=%00", "Choose one of the list."),
        ("user=x", "Choose one of the list."),
        ("from=yesterday", "Write a date as 2026-11-30."),
        ("from=2026-11-20&to=2026-11-01", "The end lies before the beginning."),
        ("to=9999-12-31", "Write a date as 2026-11-30."),
        ("cursor=nonsense", "This address is incomplete."),
    ],
)
def test_a_filter_that_means_nothing_is_named(office: Office, query: str, sentence: str) -> None:
    answer = office.browser().get(f"/calls?{query}")
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not rows(answer.text)


def test_older_calls_are_paged_by_key_and_filters_stay(office: Office) -> None:
    older = [add_call(office.services, minutes=1000 + minute, number="+819012345678") for minute in range(60)]
    browser = office.browser()
    first = browser.text("/calls?direction=inbound")
    assert len(rows(first)) == 50
    address = re.search(r'href="([^"]+)" rel="next"', first)
    assert address
    assert "direction=inbound" in address[1]
    second = browser.text(address[1].replace("&amp;", "&"))
    assert not set(rows(first)) & set(rows(second))
    assert rows(second)[-1] == older[-1]
    assert 'rel="first"' in second
    assert "hx-trigger" not in re.search(r"<tbody[^>]*>", second)[0]  # type: ignore[index]


def test_paging_back_comes_by_the_same_pages(office: Office) -> None:
    for minute in range(120):
        add_call(office.services, minutes=1000 + minute)
    browser, address, forwards = office.browser(), "/calls", []
    while address:
        page = browser.text(address)
        forwards.append(rows(page))
        link = re.search(r'href="([^"]+)" rel="next"', page)
        address = link[1].replace("&amp;", "&") if link else ""
    backwards = [forwards[-1]]
    while link := re.search(r'href="([^"]+)" rel="prev"', page):
        page = browser.text(link[1].replace("&amp;", "&"))
        backwards.append(rows(page))
    assert backwards == forwards[::-1]
    assert len(forwards) == 3


def test_the_first_page_polls_and_an_unchanged_list_answers_nothing(office: Office) -> None:
    browser = office.browser()
    page = browser.text("/calls?direction=inbound")
    assert re.search(r'hx-get="/calls/newest\?direction=inbound"', page)
    seen = re.search(r'data-seen="(\w+)"', page)
    assert seen
    unchanged = browser.get(f"/calls/newest?direction=inbound&seen={seen[1]}")
    assert unchanged.status_code == 204
    assert not unchanged.data


def test_polling_brings_new_calls_and_leaves_what_is_unchanged_alone(office: Office) -> None:
    browser = office.browser()
    before = browser.text("/calls")
    fresh = add_call(office.services, number="+81344445555")
    answer = browser.get("/calls/newest", **{"HX-Request": "true"})
    assert rows(answer.text)[0] == fresh
    same = office.calls["matched"]
    version = re.compile(r'data-version="(\w+)"')
    assert version.search(row_of(before, same))[1] == version.search(row_of(answer.text, same))[1]  # type: ignore[index]
    assert answer.headers["X-Page-Version"]


def test_r6_polling_brings_a_name_that_was_registered_after_the_call(office: Office) -> None:
    browser = office.browser()
    seen = re.search(r'data-seen="(\w+)"', browser.text("/calls"))
    book, now = office.services.registry.contact_book(), office.clock()
    book.register(ContactEntry(number="+81344445555", company="北星食品", person="森 大輔", source="manual", updated_at=now))
    answer = browser.get(f"/calls/newest?seen={seen[1]}")  # type: ignore[index]
    assert answer.status_code == 200
    assert "北星食品" in row_of(answer.text, office.calls["unknown"])


def test_polling_shows_how_a_call_goes_on(office: Office) -> None:
    browser, call_id = office.browser(), office.calls["ringing"]
    assert "Ringing" in row_of(browser.text("/calls"), call_id)
    change_call(office.services, call_id, state="answered")
    assert "In a call" in row_of(browser.get("/calls/newest").text, call_id)


def test_a_poll_without_a_session_does_not_bring_the_login_page_into_the_list(office: Office) -> None:
    shown = {"HX-Request": "true", "HX-Current-URL": "http://localhost/calls?outcome=busy&name=%E5%B1%B1"}
    answer = office.browser(None).get("/calls/newest", **shown)
    assert answer.status_code == 401
    assert "<form" not in answer.text
    asked = urlsplit(answer.headers["HX-Redirect"])
    assert (asked.path, parse_qs(asked.query)) == ("/login", {"next": ["/calls?outcome=busy&name=%E5%B1%B1"]})


@pytest.mark.parametrize("page", ["https://evil.example/calls", "http://[", "", "//localhost.evil.example/x"])
def test_a_poll_without_a_session_leads_to_no_other_site(office: Office, page: str) -> None:
    answer = office.browser(None).get("/calls/newest", **{"HX-Request": "true", "HX-Current-URL": page})
    assert answer.headers["HX-Redirect"] == "/login"


def test_the_chart_has_a_text_and_counts_today_in_the_site_s_zone(office: Office) -> None:
    add_call(office.services, minutes=15 * 60 + 31)  # 23:59 of the day before in Tokyo
    page = office.browser().text("/calls")
    assert "16 calls" in page
    assert re.search(r'<svg class="hours"[^>]*role="img" aria-label="Calls by hour: the most, \d+, between \d+:00', page)


def test_names_and_memos_are_shown_as_text_never_as_markup(office: Office) -> None:
    entry = ContactEntry(
        number="+81344445555",
        company="<script>alert(1)</script>",
        person='O\'Neill & "Co"',
        source="manual",
        updated_at=office.clock(),
    )
    office.services.registry.contact_book().register(entry)
    page = office.browser().text("/calls")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
