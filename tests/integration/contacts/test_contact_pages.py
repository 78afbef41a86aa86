"""R6: the contact book's pages: list, edit, export, and an import that is seen before it is written."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from app_fixture import Site, csrf_token
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from host.plugin_api import ContactEntry, RecordRef

HOME = "/plugins/contacts"


def post(client: FlaskClient, path: str, page: str = f"{HOME}/new", **data: object) -> TestResponse:
    return client.post(HOME + path, data={"csrf_token": csrf_token(client, page), **data})


def upload(client: FlaskClient, content: bytes) -> TestResponse:
    return post(client, "/import", f"{HOME}/import", file=(io.BytesIO(content), "contacts.csv"))


def confirm(client: FlaskClient, preview: str, **data: str) -> TestResponse:
    fingerprint = re.search(r'name="fingerprint" value="(\w+)"', client.get(preview).text)
    assert fingerprint
    return post(client, preview.removeprefix(HOME), preview, fingerprint=fingerprint[1], **data)


def register(site: Site, number: str, company: str, **changes: object) -> None:
    entry = ContactEntry(number=number, company=company, source="salesforce", updated_at=datetime.now(UTC), **changes)
    site.services.registry.contact_book().register(entry)


def names(site: Site) -> dict[str, tuple[str, str]]:
    found = site.api("GET", "/contacts?limit=200").json["contacts"]
    return {contact["number"]: (contact["company"], contact["person"]) for contact in found}


def test_an_agent_adds_changes_and_finds_a_contact(site_anywhere: Site) -> None:
    agent = site_anywhere.agent
    saved = post(agent, "/new", number="０３ー１２３４ー５６７８", company=" 青空商事 ", person="山田 花子")
    assert saved.status_code == 302
    page = saved.headers["Location"]
    assert "03-1234-5678" in agent.get(page).text
    seen = re.search(r'name="seen" value="([^"]+)"', agent.get(page).text)
    assert seen
    changed = post(agent, page.removeprefix(HOME), page, number="03-1234-5678", company="青空", person="", seen=seen[1])
    assert changed.status_code == 302
    assert names(site_anywhere) == {"+81312345678": ("青空", "")}
    assert "青空" in agent.get(f"{HOME}?q=青 空").text


def test_a_form_that_cannot_be_saved_comes_back_as_it_was_typed(site: Site) -> None:
    answer = post(site.agent, "/new", number="110", company='"><script>', person="")
    assert answer.status_code == 422
    assert "Extensions and short numbers" in answer.text
    assert "<script>&#34;" not in answer.text
    assert "&#34;&gt;&lt;script&gt;" in answer.text
    assert names(site) == {}


def test_a_taken_number_leads_to_the_contact_that_has_it(site: Site) -> None:
    agent = site.agent
    first = post(agent, "/new", number="03-1234-5678", company="A").headers["Location"]
    answer = post(agent, "/new", number="0312345678", company="B")
    assert answer.status_code == 409
    assert f'href="{first}"' in answer.text


def test_what_a_look_up_wrote_meanwhile_is_not_overwritten_unseen(site: Site) -> None:
    agent = site.agent
    page = post(agent, "/new", number="03-1234-5678", company="A").headers["Location"]
    seen = re.search(r'name="seen" value="([^"]+)"', agent.get(page).text)
    assert seen
    register(site, "+81312345678", "From Salesforce")
    form = {"number": "03-1234-5678", "company": "Typed", "person": ""}
    answer = post(agent, page.removeprefix(HOME), page, **form, seen=seen[1])
    assert answer.status_code == 409
    assert "From Salesforce" in answer.text
    assert 'value="Typed"' in answer.text
    assert names(site) == {"+81312345678": ("From Salesforce", "")}
    newer = re.search(r'name="seen" value="([^"]+)"', answer.text)
    assert newer
    assert post(agent, page.removeprefix(HOME), page, **form, seen=newer[1]).status_code == 302
    assert names(site) == {"+81312345678": ("Typed", "")}


def test_only_admins_delete_and_import(site: Site) -> None:
    agent, admin = site.agent, site.admin
    page = post(agent, "/new", number="03-1234-5678", company="A").headers["Location"]
    path = page.removeprefix(HOME)
    assert post(agent, f"{path}/delete", page).status_code == 403
    assert agent.get(f"{HOME}/import").status_code == 403
    assert post(agent, "/import", page).status_code == 403
    assert "Delete contact" not in agent.get(page).text
    assert len(names(site)) == 1
    assert post(admin, f"{path}/delete", page).status_code == 302
    assert names(site) == {}
    assert admin.get(page).status_code == 404


def test_a_post_without_its_token_changes_nothing(site: Site) -> None:
    assert site.agent.post(f"{HOME}/new", data={"number": "0312345678", "company": "A"}).status_code == 400
    assert names(site) == {}


def test_the_record_is_linked_by_web_addresses_only(site: Site) -> None:
    record = RecordRef(object="Contact", id="003")
    register(site, "+81312345678", "Good", record=record, record_url="https://org.example.com/003")
    register(site, "+819012345678", "Bad", record=record, record_url="javascript:alert(1)")
    text = site.agent.get(HOME).text
    assert 'href="https://org.example.com/003"' in text
    assert "javascript:" not in text


def test_odd_addresses_of_the_list_are_answered(site_anywhere: Site) -> None:
    register(site_anywhere, "+81312345678", "A")
    agent = site_anywhere.agent
    for query in ("page=0", "page=-1", "page=99999999999999999999", "page=x", "q=%00", "q=%ED%A0%80", "q=" + "x" * 3000):
        assert agent.get(f"{HOME}?{query}").status_code == 200, query


def test_the_export_opens_in_a_spreadsheet_and_imports_unchanged(site: Site) -> None:
    register(site, "+81312345678", "=HYPERLINK(1)", person="山田")
    register(site, "+12025550123", 'Acme, "Inc."')
    answer = site.agent.get(f"{HOME}/contacts.csv")
    assert answer.mimetype == "text/csv"
    assert re.fullmatch(r'attachment; filename="contacts-\d{8}\.csv"', answer.headers["Content-Disposition"])
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert rows[0][:3] == ["number", "company", "person"]
    assert {tuple(row[:3]) for row in rows[1:]} == {
        ("03-1234-5678", "'=HYPERLINK(1)", "山田"),
        ("+1 202-555-0123", 'Acme, "Inc."', ""),
    }
    admin = site.admin
    preview = admin.get(upload(admin, answer.data).headers["Location"]).text
    assert "There is nothing to write." in preview


def test_a_large_book_is_exported_whole(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugins.contacts.exporting.ENTRIES_PER_PIECE", 3)
    for number in range(10):
        register(site, f"+81901234567{number}", f"社{number % 2}")
    lines = site.agent.get(f"{HOME}/contacts.csv").data.decode("utf-8-sig").splitlines()
    assert len(lines) == len(set(lines)) == 11


def test_an_import_is_seen_before_it_is_written(site_anywhere: Site) -> None:
    site = site_anywhere
    admin = site.admin
    register(
        site,
        "+81312345678",
        "旧社名",
        person="残る人",
        record=RecordRef(object="Account", id="001"),
        record_url="https://a.example/1",
    )
    content = "電話番号,会社名\n03-1234-5678,新社名\n090-1234-5678,別の会社\n".encode("cp932")
    preview = upload(admin, content).headers["Location"]
    text = admin.get(preview).text
    assert "旧社名" in text
    assert "新社名" in text
    assert names(site) == {"+81312345678": ("旧社名", "残る人")}
    assert confirm(admin, preview).status_code == 302
    assert names(site) == {"+81312345678": ("新社名", "残る人"), "+819012345678": ("別の会社", "")}
    kept = site.api("GET", "/contacts?number=0312345678").json["contacts"][0]
    assert (kept["record_url"], kept["source"], kept["updated_by"]) == ("https://a.example/1", "manual", "admin@example.com")
    assert admin.get(preview).status_code == 404


def test_rows_that_cannot_be_read_are_left_out_only_when_agreed(site: Site) -> None:
    admin = site.admin
    preview = upload(admin, b"number,company\n110,Police\n03-1234-5678,A\n").headers["Location"]
    refused = confirm(admin, preview)
    assert refused.status_code == 409
    assert "Some rows cannot be read" in refused.text
    assert names(site) == {}
    assert confirm(admin, preview, leave_out="on").status_code == 302
    assert names(site) == {"+81312345678": ("A", "")}


def test_an_import_whose_preview_is_out_of_date_is_shown_again(site: Site) -> None:
    admin = site.admin
    preview = upload(admin, b"number,company\n03-1234-5678,A\n").headers["Location"]
    old = re.search(r'name="fingerprint" value="(\w+)"', admin.get(preview).text)
    assert old
    register(site, "+81312345678", "Meanwhile")
    answer = post(admin, preview.removeprefix(HOME), preview, fingerprint=old[1])
    assert answer.status_code == 409
    assert "has changed since" in answer.text
    assert names(site) == {"+81312345678": ("Meanwhile", "")}


def test_an_import_that_is_given_up_writes_nothing(site: Site) -> None:
    admin = site.admin
    preview = upload(admin, b"number,company\n03-1234-5678,A\n").headers["Location"]
    assert post(admin, f"{preview.removeprefix(HOME)}/cancel", preview).status_code == 302
    assert admin.get(preview).status_code == 404
    assert names(site) == {}


HOSTILE = [
    (b"", "The file has no entries"),
    (b"\x89PNG\x00", "not text in UTF-8 or Shift_JIS"),
    (b"name\nx\n", "No column is called"),
    (b'number,name\n1,"x\n', "Line 2: This is not proper CSV"),
    (b"number,name\n" + b"x" * (5 * 1024 * 1024), "larger than 5 MB"),
]


def test_a_hostile_file_is_answered_with_a_sentence(site: Site) -> None:
    admin = site.admin
    for content, sentence in HOSTILE:
        answer = upload(admin, content)
        assert answer.status_code == 422, sentence
        assert sentence in answer.text


def test_no_file_at_all_is_answered_with_a_sentence(site: Site) -> None:
    assert post(site.admin, "/import", f"{HOME}/import").status_code == 422


def test_the_pages_are_japanese_where_japanese_is_asked_for(site: Site) -> None:
    client = site.agent
    assert "連絡先を追加" in client.get(f"{HOME}/new", headers={"Accept-Language": "ja"}).text
    answer = client.get(HOME, headers={"Accept-Language": "ja"}).text
    assert "連絡先" in answer
