"""B2: a call is moved to another record, remembered for its number until the record changes hands, and moved back."""

from __future__ import annotations

import re
from typing import Any

import pytest

from host.delivery import deliveries_of, match_of
from host.delivery.deliverer import Deliverer
from host.delivery.membership import Membership
from host.plugin_api import Match, RecordRef
from tests.integration.salesforce.activity_site import NUMBER, ActivitySite
from tests.integration.salesforce.bulk_nights import bulk_matches
from tests.integration.salesforce.conftest import AGENT, Browser, Host, Pages

PHONE = "03-1234-5678"


class Moving:
    """A connected site that writes activities, one worker, and an agent's browser; the org holds what a test puts there."""

    def __init__(self, pages: Pages) -> None:
        self.host = pages.host
        self.host.org.control("reset", {"seed": "empty"})
        self.host.connect("oauth")
        self.site = ActivitySite(self.host)
        self.site.switch()
        self.browser = pages.browser(AGENT)
        member = Membership(self.host.services.database, "one", 3600)
        member.join()
        self._deliverer = Deliverer(self.host.services, member)

    def ended(self, number: str | None = NUMBER, **changes: Any) -> str:
        """A call that has ended, with what the plugin did about it."""
        call_id = self.site.call(number, **changes)
        with self.host.services.database.writing() as connection:
            self.host.services.publisher.publish(connection, call_id, "on_call_end", {"refetch": False})
        self.deliver(call_id)
        return call_id

    def deliver(self, call_id: str) -> int:
        """Let the worker do what is due; gives back the API calls of the newest delivery."""
        self._deliverer.deliver("salesforce", call_id)
        with self.host.services.database.reading() as connection:
            newest = [view for view in deliveries_of(connection, call_id) if view.plugin == "salesforce"][-1]
        assert newest.state == "done", newest
        return newest.api_calls

    def match(self, call_id: str) -> Match:
        with self.host.services.database.reading() as connection:
            return match_of(connection, call_id)[0].match

    def search(self, call_id: str, text: str, number_of_calls: int = 1) -> str:
        before = self.host.org.used()
        answer = self.browser.client.get(
            f"/plugins/salesforce/calls/{call_id}/record", query_string={"q": text}, headers={"HX-Request": "true"}
        )
        assert answer.status_code == 200
        assert self.host.org.used() - before == number_of_calls
        return re.sub(r"\s+", " ", answer.text)

    def choose(self, call_id: str, kind: str, key: str, *, status: int = 303) -> Any:
        answer = self.browser.post(f"/plugins/salesforce/calls/{call_id}/record", object=kind, id=key)
        assert answer.status_code == status, answer.text
        return answer

    def move(self, call_id: str, kind: str, key: str) -> int:
        self.choose(call_id, kind, key)
        return self.deliver(call_id)

    def undo(self, call_id: str) -> None:
        assert self.browser.post(f"/plugins/salesforce/calls/{call_id}/record/undo").status_code == 303
        self.deliver(call_id)

    def person(self, name: str, **fields: Any) -> str:
        account = self.host.org.record("Account", Name=f"{name}商事")
        return self.host.org.record("Contact", LastName=name, AccountId=account, **fields)

    def names(self) -> tuple[str, str]:
        entry = self.host.entry(NUMBER)
        return (entry.company, entry.person) if entry else ("", "")


@pytest.fixture
def moving(pages: Pages) -> Moving:
    return Moving(pages)


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def test_b2_contact_match_and_task_are_moved_and_later_calls_follow_for_one_call(moving: Moving) -> None:
    moving.person("山田", Phone=PHONE)
    other = moving.person("鈴木", MobilePhone=PHONE)
    lead = moving.host.org.record("Lead", LastName="高橋", Company="高橋工業")
    first = moving.ended()
    assert moving.names() == ("鈴木商事", "鈴木")
    assert moving.site.task()["WhoId"] == other
    moving.move(first, "Lead", lead)
    assert moving.names() == ("高橋工業", "高橋")
    assert moving.site.task()["WhoId"] == lead, "one Task, and it was moved"
    match = moving.match(first)
    assert match.record == RecordRef(object="Lead", id=lead)
    assert str(match.rule) == "Chosen by agent@example.com on 2026-11-22."
    assert [candidate.verdict for candidate in match.candidates if not candidate.chosen] == [
        "Another record was chosen by hand"
    ] * 2
    moving.host.clock.advance(minutes=5)
    second = moving.ended()
    assert moving.match(second).record == RecordRef(object="Lead", id=lead)
    assert moving.match(second).api_calls == 1, "R8"


def test_b2_moved_from_a_person_to_an_account_the_task_hangs_on_the_account_alone(moving: Moving) -> None:
    moving.person("山田", Phone=PHONE)
    account = moving.host.org.record("Account", Name="移動先")
    call_id = moving.ended()
    moving.move(call_id, "Account", account)
    task = moving.site.task()
    assert (task["WhoId"], task["WhatId"]) == (None, account)
    assert moving.names() == ("移動先", "")


def test_b2_records_are_found_as_one_types_by_name_or_number_for_one_call_each(moving: Moving) -> None:
    yamada = moving.person("山田", Phone=PHONE)
    moving.host.org.record("Lead", LastName="Smith", Company="O'Brien & Sons", Phone="090-1111-2222")
    call_id = moving.ended()
    found = moving.search(call_id, "山", number_of_calls=0)
    assert "Type at least 2 characters." in plain(found)
    found = moving.search(call_id, "山田")
    assert f'value="{yamada}"' in found
    assert "holds this number (Phone)" in found
    assert "山田商事" in found
    assert "O&#39;Brien" in moving.search(call_id, "O'Brien")
    assert "Smith" in moving.search(call_id, "smi")
    assert "Smith" in moving.search(call_id, "090-1111-2222")
    assert "Smith" in moving.search(call_id, "+81 90 1111 2222")
    assert "No record is called so" in moving.search(call_id, "ない名前")
    for hostile in ("} RETURNING User(Id)", "aa* OR bb", 'xx"yy" AND {zz}', "*", "((", "--"):
        assert "refuses" not in moving.search(call_id, hostile, number_of_calls=0 if hostile in ("*", "((", "--") else 1)


def test_b2_the_choice_ends_when_the_record_loses_the_number(moving: Moving) -> None:
    chosen = moving.person("山田", Phone=PHONE)
    newest = moving.person("鈴木", MobilePhone=PHONE)
    call_id = moving.ended()
    moving.move(call_id, "Contact", chosen)
    assert moving.names() == ("山田商事", "山田")
    change(moving.host, "Contact", chosen, Phone="03-9999-9999")
    later = moving.ended()
    match = moving.match(later)
    assert match.record == RecordRef(object="Contact", id=newest)
    assert match.api_calls == 2, "R8: asked by its Id, then searched"
    assert "The record that agent@example.com chose on 2026-11-22 has changed hands" in " ".join(match.steps)
    change(moving.host, "Contact", chosen, Phone=PHONE)
    change(moving.host, "Contact", newest, Description="touched")
    assert moving.match(moving.ended()).record == RecordRef(object="Contact", id=newest), "it is not remembered any more"


def test_b2_a_record_that_never_held_the_number_stays_chosen_until_it_has_held_and_lost_it(moving: Moving) -> None:
    chosen = moving.person("山田")
    call_id = moving.ended()
    moving.move(call_id, "Contact", chosen)
    assert moving.match(moving.ended()).record == RecordRef(object="Contact", id=chosen)
    change(moving.host, "Contact", chosen, Phone=PHONE)
    assert moving.match(moving.ended()).record == RecordRef(object="Contact", id=chosen)
    change(moving.host, "Contact", chosen, Phone=None)
    assert moving.match(moving.ended()).record is None


def test_b2_the_choice_ends_when_the_record_is_deleted(moving: Moving) -> None:
    chosen, other = moving.person("山田"), moving.person("鈴木", Phone=PHONE)
    call_id = moving.ended()
    moving.move(call_id, "Contact", chosen)
    moving.site.delete(chosen, "Contact")
    assert moving.match(moving.ended()).record == RecordRef(object="Contact", id=other)


def test_b2_the_choice_of_a_lead_ends_when_it_is_converted(moving: Moving) -> None:
    other, lead = moving.person("鈴木", Phone=PHONE), moving.host.org.record("Lead", LastName="L", Company="C", Phone=PHONE)
    call_id = moving.ended()
    moving.move(call_id, "Lead", lead)
    change(moving.host, "Lead", lead, IsConverted=True)
    assert moving.match(moving.ended()).record == RecordRef(object="Contact", id=other)


def test_b2_r22_after_a_click_that_does_not_fit_the_chosen_record_is_found_in_the_same_api_call(moving: Moving) -> None:
    clicked, chosen = moving.person("山田", Phone="03-9999-9999"), moving.person("鈴木", Phone=PHONE)
    moving.move(moving.ended(), "Contact", chosen)
    moving.host.clock.advance(hours=1)
    later = moving.ended(direction="outbound", clicked_object="Contact", clicked_record_id=clicked)
    assert moving.match(later).record == RecordRef(object="Contact", id=chosen)
    assert moving.match(later).api_calls == 1, "five queries are what one composite request takes"


def test_b2_undone_the_rules_decide_again_and_the_contact_is_what_it_was(moving: Moving) -> None:
    first = moving.person("山田", Phone=PHONE)
    call_id = moving.ended()
    moving.move(call_id, "Lead", moving.host.org.record("Lead", LastName="L", Company="C"))
    assert "Undo: let the rules choose" in moving.browser.get(f"/plugins/salesforce/calls/{call_id}/record").text
    moving.undo(call_id)
    assert moving.names() == ("山田商事", "山田")
    assert moving.site.task()["WhoId"] == first
    assert moving.match(call_id).record == RecordRef(object="Contact", id=first)
    assert "Undo" not in moving.browser.get(f"/plugins/salesforce/calls/{call_id}/record").text


def test_b2_undone_where_nobody_holds_the_number_the_contact_is_not_registered_again(moving: Moving) -> None:
    call_id = moving.ended()
    moving.move(call_id, "Contact", moving.person("山田"))
    moving.move(call_id, "Contact", moving.person("鈴木"))
    assert moving.names() == ("鈴木商事", "鈴木")
    moving.undo(call_id)
    assert moving.names() == ("", "")
    assert moving.site.task()["WhoId"] is None
    assert moving.match(call_id).record is None


def test_b2_undoing_keeps_what_somebody_typed_since(moving: Moving) -> None:
    call_id = moving.ended()
    moving.move(call_id, "Contact", moving.person("山田"))
    book = moving.host.services.registry.contact_book()
    typed = moving.host.entry(NUMBER)
    book.register(type(typed)(number=NUMBER, company="手入力", source="manual", updated_at=moving.host.clock()))
    moving.undo(call_id)
    assert moving.names() == ("手入力", "")


def test_b2_a_record_chosen_after_the_click_goes_before_the_clicked_one_but_not_before_later_clicks(moving: Moving) -> None:
    clicked, chosen = moving.person("山田", Phone=PHONE), moving.person("鈴木", Phone=PHONE)
    by_click = {"direction": "outbound", "clicked_object": "Contact", "clicked_record_id": clicked}
    call_id = moving.ended(**by_click)
    assert moving.match(call_id).record == RecordRef(object="Contact", id=clicked)
    moving.move(call_id, "Contact", chosen)
    assert moving.match(call_id).record == RecordRef(object="Contact", id=chosen)
    moving.host.clock.advance(hours=1)
    later = moving.ended(**by_click)
    assert moving.match(later).record == RecordRef(object="Contact", id=clicked), "R22"


def test_b2_a_record_that_is_gone_or_of_no_known_kind_is_refused_and_nothing_is_remembered(moving: Moving) -> None:
    chosen = moving.person("山田")
    moving.site.delete(chosen, "Contact")
    call_id = moving.ended()
    for kind, key in (("Contact", chosen), ("Contact", "x' OR Id != '"), ("User", chosen), ("", "")):
        answer = moving.choose(call_id, kind, key, status=422)
        assert "This record cannot be chosen" in answer.text
    assert "Undo" not in moving.browser.get(f"/plugins/salesforce/calls/{call_id}/record").text


def test_b2_a_call_without_a_number_or_on_the_list_or_still_going_cannot_be_moved(moving: Moving) -> None:
    withheld, going = moving.site.call(None), moving.site.call(ended=False)
    for call_id, sentence in ((withheld, "no number that may be looked up"), (going, "has not ended yet")):
        assert sentence in moving.browser.get(f"/plugins/salesforce/calls/{call_id}/record").text
        assert sentence in moving.choose(call_id, "Contact", "003000000000001", status=422).text
    assert moving.browser.get("/plugins/salesforce/calls/nope/record").status_code == 404


def test_b2_the_page_of_a_call_links_to_it_and_the_operation_log_tells_it(moving: Moving) -> None:
    call_id, lead = moving.ended(), moving.host.org.record("Lead", LastName="L", Company="C")
    assert f'href="/plugins/salesforce/calls/{call_id}/record"' in moving.browser.get(f"/calls/{call_id}").text
    moving.move(call_id, "Lead", lead)
    assert "Chosen by agent@example.com on 2026-11-22." in moving.browser.get(f"/calls/{call_id}").text
    moving.undo(call_id)
    lines = moving.host.context.operations.find(actor=AGENT).operations
    told = {line.action: dict(line.detail) for line in lines}
    assert told["call moved to another record"] == {"call": call_id, "record": f"Lead {lead}"}
    assert told["chosen record given up"] == {"call": call_id, "record": f"Lead {lead}"}


def test_b2_without_a_connection_no_page_links_to_it(pages: Pages) -> None:
    call_id = ActivitySite(pages.host).call()
    browser: Browser = pages.browser()
    assert "/record" not in browser.get(f"/calls/{call_id}").text
    assert "Salesforce is not connected." in browser.get(f"/plugins/salesforce/calls/{call_id}/record").text


def test_b2_r20_a_bulk_fetch_keeps_to_what_was_chosen(moving: Moving) -> None:
    moving.person("山田", Phone=PHONE)
    moving.person("佐藤", Phone="03-2222-2222")
    call_id = moving.ended()
    chosen = moving.person("鈴木")
    moving.move(call_id, "Contact", chosen)
    before = moving.host.org.used()
    found, _ = bulk_matches(moving.host, [NUMBER, "+81322222222"])
    assert moving.host.org.used() - before <= 3
    assert found[NUMBER].record == RecordRef(object="Contact", id=chosen)
    assert found["+81322222222"].person == "佐藤"
    moving.site.delete(chosen, "Contact")
    assert bulk_matches(moving.host, [NUMBER])[0][NUMBER].person == "山田"


def test_b2_a_choice_is_of_one_org(moving: Moving) -> None:
    call_id = moving.ended()
    moving.move(call_id, "Contact", moving.person("山田"))
    stored = dict(moving.host.context.settings.read()["connection"])
    moving.host.context.settings.write({"connection": stored | {"org_id": "00D0000000other"}})
    assert "Chosen by hand" not in moving.browser.get(f"/plugins/salesforce/calls/{call_id}/record").text


def change(host: Host, kind: str, key: str, **fields: Any) -> None:
    """A person changes a record in Salesforce, a while later."""
    from salesforce_sandbox.access import View
    from salesforce_sandbox.records.write import update_record

    host.clock.advance(minutes=1)
    org = host.org.running.org
    with org.database.lock:
        update_record(org, View(org.catalog, None, person_accounts=False), org.catalog[kind], key, fields)
