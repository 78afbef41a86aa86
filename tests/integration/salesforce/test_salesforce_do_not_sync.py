"""B11: calls with a listed number, beginning or line never reach Salesforce; the list and its page. On both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.fernet import Fernet

from host.config import Config
from host.plugin_api import Done, RecordRef, Skipped
from host.services import build_services
from plugins.salesforce import do_not_sync, registration
from plugins.salesforce.do_not_sync import Entry, ListFull, add, find, read_do_not_sync, remove
from plugins.salesforce.domain.do_not_sync import EXCLUDED_REASONS, Excluded
from plugins.salesforce.plugin import plugin
from tests.integration.salesforce.conftest import ADMIN, AGENT, SITE, Clock, Host, Org, Pages
from tests.integration.salesforce.test_salesforce_delivered import Delivery

LIST = "/plugins/salesforce/do-not-sync"
NUMBER = "+81312345678"


@pytest.fixture
def anywhere(org: Org, database_url: str, clock: Clock) -> Iterator[Host]:
    """A host, connected to an empty org by OAuth; on SQLite and on PostgreSQL."""
    config = Config(
        database_url=database_url, secret_key="s" * 40, encryption_keys=(Fernet.generate_key().decode(),), url=SITE
    )
    services = build_services(config, clock=clock)
    org.control("reset", {"seed": "empty"})
    host = Host(services, org, clock)
    host.connect("oauth")
    yield host
    services.database.engine.dispose()


def entry(host: Host, kind: Excluded, value: str, note: str = "") -> Entry:
    return Entry(kind=kind, value=value, note=note, added_by=ADMIN, added_at=host.clock())


def listed(host: Host, *entries: tuple[Excluded, str]) -> None:
    add(host.context, [entry(host, kind, value) for kind, value in entries])


def end(host: Host, number: str | None = NUMBER, **changes: Any) -> Any:
    return plugin.on_call_end(host.context, host.ended(number, **changes))


@pytest.mark.parametrize(
    ("kind", "value", "changes"),
    [
        (Excluded.NUMBER, NUMBER, {}),
        (Excluded.PREFIX, "+813", {}),
        (Excluded.PREFIX, NUMBER, {}),
        (Excluded.LINE, "+81335550000", {"line": "03-3555-0000"}),
        (Excluded.LINE, "door phone", {"line": "Door Phone"}),
    ],
)
def test_b11_after_the_call_by_click_and_by_hand_nobody_is_asked(
    anywhere: Host, kind: Excluded, value: str, changes: dict[str, Any]
):
    host = anywhere
    lead = host.org.record("Lead", LastName="鈴木", Company="Beta KK", Phone="03-1234-5678")
    listed(host, (kind, value))
    before = host.org.used()
    skipped = Skipped(reason=EXCLUDED_REASONS[kind])
    assert end(host, **changes) == skipped
    assert end(host, refetch=True, **changes) == skipped
    click = host.clicked(NUMBER, RecordRef(object="Lead", id=lead))
    if not changes:
        assert plugin.on_click_to_call(host.context, click) == skipped
    assert host.org.used() == before
    assert host.entry(NUMBER) is None
    assert remove(host.context, kind, value)
    assert isinstance(end(host, **changes), Done)


def test_b11_others_are_looked_up(anywhere: Host):
    listed(anywhere, (Excluded.NUMBER, "+81312345679"), (Excluded.PREFIX, "+8150"), (Excluded.LINE, "door"))
    result = end(anywhere, line="03-3555-0000")
    assert result.summary == registration.NOT_FOUND


def test_b11_the_whole_list_at_once_for_bulk(anywhere: Host):
    listed(anywhere, (Excluded.NUMBER, NUMBER), (Excluded.PREFIX, "+8150"), (Excluded.LINE, "door"))
    known = read_do_not_sync(anywhere.context)
    assert known.why(NUMBER) is Excluded.NUMBER
    assert known.why("+815012345678") is Excluded.PREFIX
    assert known.why("+819012345678", "door") is Excluded.LINE
    assert known.why("+819012345678") is None


def test_b11_duplicates_are_folded_and_the_list_has_an_end(anywhere: Host, monkeypatch: pytest.MonkeyPatch):
    host = anywhere
    first = entry(host, Excluded.NUMBER, NUMBER, "why")
    assert add(host.context, [first, first]) == 1
    assert add(host.context, [entry(host, Excluded.NUMBER, NUMBER, "other"), entry(host, Excluded.PREFIX, "+81")]) == 1
    assert [(each.kind, each.value, each.note) for each in find(host.context).entries] == [
        (Excluded.NUMBER, NUMBER, "why"),
        (Excluded.PREFIX, "+81", ""),
    ]
    monkeypatch.setattr(do_not_sync, "MOST_ENTRIES", 3)
    with pytest.raises(ListFull):
        add(host.context, [entry(host, Excluded.LINE, name) for name in ("a", "b")])
    assert find(host.context).total == 2


def test_b11_five_thousand_entries_are_taken(anywhere: Host):
    many = [entry(anywhere, Excluded.NUMBER, f"+8190{number:08}") for number in range(do_not_sync.MOST_ENTRIES)]
    assert add(anywhere.context, many) == do_not_sync.MOST_ENTRIES
    assert end(anywhere, "+819000004999") == Skipped(reason=EXCLUDED_REASONS[Excluded.NUMBER])


@pytest.mark.parametrize(
    ("text", "found"),
    [("", 3), ("03-1234-5678", 1), ("050", 1), ("ALARM", 1), ("door", 1), ("nobody", 0), ("%", 0), ("_", 0)],
)
def test_b11_the_list_is_searched(anywhere: Host, text: str, found: int):
    host = anywhere
    notes = {Excluded.NUMBER: "Alarm system"}
    kinds = ((Excluded.NUMBER, NUMBER), (Excluded.PREFIX, "+8150"), (Excluded.LINE, "door"))
    add(host.context, [entry(host, kind, value, notes.get(kind, "")) for kind, value in kinds])
    assert find(host.context, text).total == found


def test_b11_only_admins(pages: Pages):
    agent = pages.browser(AGENT)
    assert agent.get(LIST).status_code == 403
    assert agent.post(LIST, kind="number", values=NUMBER).status_code == 403
    assert find(pages.host.context).total == 0


def test_b11_adding_and_removing_on_the_page(pages: Pages):
    browser, host = pages.browser(), pages.host
    assert "The list is empty" in browser.get(LIST).text
    values = "03-1234-5678\r\n\r\n０９０－１２３４－５６７８\r\n+81 3 1234 5678"
    assert browser.post(LIST, kind="number", values=values, note=" Alarm  system ").status_code == 303
    assert browser.post(LIST, kind="prefix", values="0120\n+86").status_code == 303
    answer = browser.get(LIST)
    assert [(each.value, each.note, each.added_by) for each in find(host.context).entries] == [
        (NUMBER, "Alarm system", ADMIN),
        ("+819012345678", "Alarm system", ADMIN),
        ("+81120", "", ADMIN),
        ("+86", "", ADMIN),
    ]
    assert "03-1234-5678" in answer.text
    assert browser.post(f"{LIST}/remove", kind="number", value=NUMBER).status_code == 303
    assert browser.post(f"{LIST}/remove", kind="number", value=NUMBER).status_code == 303
    assert browser.post(f"{LIST}/remove", kind="no\0ne", value="\0").status_code == 303
    assert find(host.context).total == 3


def test_b11_the_operation_log_tells_counts_and_no_numbers(pages: Pages):
    browser = pages.browser()
    browser.post(LIST, kind="number", values="03-1234-5678\n090-1234-5678")
    browser.post(LIST, kind="number", values="03-1234-5678")
    browser.post(f"{LIST}/remove", kind="number", value=NUMBER)
    lines = pages.host.context.operations.find(action="list of numbers that are not sent changed").operations
    assert [dict(line.detail) for line in lines] == [{"removed": 1}, {"added": 2}]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"kind": "number", "values": "03-1234-5678\nabc\n110"}, ["Line 2: “abc” is no telephone number", "Line 3: “110”"]),
        ({"kind": "prefix", "values": "0"}, ["Line 1: “0” is no beginning"]),
        ({"kind": "line", "values": "\x01"}, ["is no name of a line"]),
        ({"kind": "number", "values": " \n"}, ["Enter at least one."]),
        ({"kind": "number"}, ["Enter at least one."]),
        ({"kind": "nonsense", "values": NUMBER}, ["Choose one of the list."]),
        ({"kind": "number", "values": NUMBER, "note": "x" * 201}, ["Write at most 200 characters"]),
        ({"kind": "number", "values": NUMBER, "note": "a\0b"}, ["without control characters"]),
        ({"kind": "number", "values": "\n".join(["x"] * 9)}, ["4 more lines cannot be read."]),
        ({"kind": "number", "values": "\n".join(["x"] * 5001)}, ["at most 5000 entries"]),
        ({"kind": "number", "values": "1" * 300_000}, ["at most 5000 entries"]),
    ],
)
def test_b11_bad_input_is_told_and_nothing_is_written(pages: Pages, form: dict[str, str], words: list[str]):
    answer = pages.browser().post(LIST, **form)
    assert answer.status_code == 422
    assert [word for word in words if word not in answer.text] == []
    assert find(pages.host.context).total == 0


@pytest.mark.parametrize("query", ["q=%00", "q=" + "x" * 5000, "skip=-5", "skip=abc", "skip=99999999999999999999"])
def test_b11_odd_addresses_do_no_harm(pages: Pages, query: str):
    assert pages.browser().get(f"{LIST}?{query}").status_code == 200


def test_b11_a_long_list_has_pages(pages: Pages):
    host = pages.host
    add(host.context, [entry(host, Excluded.NUMBER, f"+8190{number:08}") for number in range(150)])
    first = pages.browser().get(LIST).text
    assert len(re.findall(r'name="value"', first)) == 100
    assert f"{LIST}?skip=100" in first
    second = pages.browser().get(f"{LIST}?skip=100").text
    assert len(re.findall(r'name="value"', second)) == 50


def test_b11_lines_of_late_are_offered_until_they_are_listed(pages: Pages):
    browser, worker = pages.browser(), Delivery(pages.host)
    for line in ("03-3555-0000", "Door Phone"):
        worker.ended(worker.call(number=NUMBER, line=line))
    page = browser.get(LIST).text
    assert re.findall(r'name="values" value="([^"]+)"', page) == ["03-3555-0000", "Door Phone"]
    browser.post(LIST, kind="line", values="door phone")
    assert re.findall(r'name="values" value="([^"]+)"', browser.get(LIST).text) == ["03-3555-0000"]


def test_b11_the_call_page_says_why(pages: Pages):
    host = pages.host
    host.connect("oauth")
    worker = Delivery(host)
    listed(host, (Excluded.NUMBER, NUMBER))
    call_id = worker.call(number=NUMBER)
    assert worker.ended(call_id).state == "skipped"
    assert EXCLUDED_REASONS[Excluded.NUMBER] in pages.browser().get(f"/calls/{call_id}").text
    japanese = pages.browser(language="ja").get(f"/calls/{call_id}").text
    assert EXCLUDED_REASONS[Excluded.NUMBER] not in japanese


def test_b11_the_card_on_the_basic_settings(pages: Pages):
    browser = pages.browser()
    assert "Make a list" in browser.get("/plugins/salesforce/").text
    browser.post(LIST, kind="line", values="Door")
    assert "Change the list" in browser.get("/plugins/salesforce/").text
