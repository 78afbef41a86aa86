"""What holds for every page: both languages, no inline code, labels, error pages, icons, alarms of plugins."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from office_fixture import ADMIN, AGENT, Office
from sqlalchemy.exc import OperationalError

import host.web

WEB = Path(host.web.__path__[0])
PAGES = (
    "/calls",
    "/calls?number=0000",
    "/calls/{matched}",
    "/calls/{ringing}",
    "/calls/{withheld}",
    "/dial?number=03-1234-5678&object=Contact&id=003IR00000abc00YAB",
    "/profile",
    "/settings/plugins",
    "/settings/users",
    "/settings/users/new",
    "/settings/users/2",
    "/settings/tokens",
    "/settings/sources",
    "/settings/memo-items",
    "/settings/errors",
    "/plugins/salesforce/errors",
    "/settings/mail",
    "/settings/log",
)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_page_is_whole_in_its_language_without_inline_code(office: Office, page: str, language: str) -> None:
    browser = office.browser(language=language)
    text = browser.text(page.format(**office.calls))
    assert f'<html lang="{language}"' in text
    assert re.search(r"<title>\s*\S.* · Tsunagu</title>", text)
    assert len(re.findall(r"<h1[ >]", text)) == 1
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
    assert ("応対履歴" in text) == (language == "ja")


@pytest.mark.parametrize("page", PAGES)
def test_every_field_has_a_label_and_every_id_is_its_own(office: Office, page: str) -> None:
    text = office.browser().text(page.format(**office.calls))
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert sorted(ids) == sorted(set(ids))
    labelled = set(re.findall(r'<label[^>]*\sfor="([^"]+)"', text))
    fields = re.findall(r'<(?:input|select|textarea)[^>]*\sid="([^"]+)"', text)
    assert set(fields) <= labelled
    assert set(re.findall(r'aria-(?:labelledby|describedby|controls)="([^" ]+)', text)) <= set(ids)


@pytest.mark.parametrize(
    ("path", "code"), [("/nowhere", 404), ("/calls/nope", 404), ("/settings/users", 403), ("/logout", 405)]
)
def test_an_error_is_a_sentence_with_a_way_back(office: Office, path: str, code: int) -> None:
    answer = office.browser(AGENT, language="ja").get(path)
    assert answer.status_code == code
    assert "応対履歴へ" in answer.text
    assert 'href="/calls"' in answer.text
    assert f"{code}" in answer.text


def test_a_bug_is_a_sentence_that_tells_nothing_of_its_cause(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: Any, **_named: Any) -> None:
        raise RuntimeError("the cause of it")

    browser = office.browser()
    monkeypatch.setattr("host.web.pages.history.find_calls", broken)
    answer = browser.get("/calls")
    assert answer.status_code == 500
    assert "Something went wrong here." in answer.text
    assert "the cause of it" not in answer.text


def test_a_database_that_does_not_answer_is_a_sentence(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_arguments: Any, **_named: Any) -> None:
        raise OperationalError("select", {}, Exception("no answer"))

    browser = office.browser()
    monkeypatch.setattr("host.web.session.user_of", away)
    answer = browser.get("/calls")
    assert answer.status_code == 503
    assert "The database does not answer just now." in answer.text


def test_too_much_is_refused_with_a_sentence(office: Office) -> None:
    answer = office.browser().post(f"/calls/{office.calls['unknown']}/memo", text="x" * 17_000_000, version="0")
    assert answer.status_code == 413
    assert "This is too large." in answer.text


def test_every_icon_in_use_is_in_the_sprite_and_no_other() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (WEB / "static/icons.svg").read_text()))
    sources = [*WEB.rglob("*.html"), *(WEB / "pages").rglob("*.py")]
    plugins = Path(host.web.__path__[0]).parents[1] / "plugins"
    text = "\n".join(path.read_text() for path in [*sources, *plugins.rglob("*.html"), *plugins.rglob("*.py")])
    offered = set(re.findall(r"`([a-z-]+)`", (plugins.parent / "docs/plugin-pages.md").read_text()))
    assert not {name for name in sprite - offered if f'"{name}"' not in text}
    used = set(re.findall(r'ui\.icon\("([^"]+)"|icon="([a-z-]+)"', text))
    assert {name for pair in used for name in pair if name} <= sprite


def test_vendored_parts_keep_their_licences_and_nothing_comes_from_elsewhere() -> None:
    for folder in (WEB / "static/vendor").iterdir():
        assert "Permission" in (folder / "LICENSE").read_text()
    for template in WEB.rglob("*.html"):
        assert not re.search(r'(?:src|href)="(?:https?:)?//', template.read_text()), template


def test_r32_an_alarm_stands_on_top_for_admins_until_it_is_cleared(office: Office) -> None:
    alarms = office.services.registry.context("contacts").alarms
    alarms.raise_alarm("disk", "接続が切れています", "<b>つなぎ直してください。</b>")
    page = office.browser(ADMIN).text("/calls")
    assert "<strong>接続が切れています</strong>" in page
    assert "&lt;b&gt;つなぎ直してください。" in page
    assert re.search(r'<a href="/plugins/[^"]+">Open the settings of', office.browser(ADMIN).text("/calls")) is None
    assert "接続が切れています" not in office.browser(AGENT).text("/calls")
    alarms.clear_alarm("disk")
    assert "接続が切れています" not in office.browser(ADMIN).text("/calls")


def test_r32_the_banner_of_an_alarm_leads_to_the_plugin_s_settings_and_goes_with_its_switch(office: Office) -> None:
    office.services.registry.context("salesforce").alarms.raise_alarm("x", "接続が切れています", "")
    link = r'<a href="/plugins/salesforce/">Salesforce の設定を開く</a>'
    assert re.search(link, office.browser(ADMIN, language="ja").text("/calls"))
    office.services.registry.set_enabled("salesforce", False, by=ADMIN)
    assert "接続が切れています" not in office.browser(ADMIN).text("/calls")
