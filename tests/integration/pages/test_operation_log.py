"""R18: the site's operation log: its days, what was there before and after, and the file."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from office_fixture import Office

from host.plugin_api import Changed
from host.storage.operations import log_operation


def _log(office: Office, action: str, area: str = "plugins", detail: Any = None, **when: int) -> None:
    with office.services.database.writing() as connection:
        at = office.clock() - timedelta(**when)
        log_operation(connection, at=at, actor="=sum", area=area, action=action, detail=detail)


def test_r18_the_operation_log_is_filtered_by_days_of_the_sites_zone(office: Office) -> None:
    _log(office, "first one", days=3)
    _log(office, "second one")
    browser, zone = office.browser(), office.services.config.timezone
    today = office.clock().astimezone(zone).date()
    shown = browser.text(f"/settings/log?from={today}&to={today}")
    assert ("second one" in shown, "first one" in shown) == (True, False)
    assert "first one" in browser.text(f"/settings/log?to={today - timedelta(days=1)}")
    assert "Write a date as 2026-11-30." in browser.text("/settings/log?from=yesterday")
    assert "The end lies before the beginning." in browser.text("/settings/log?from=2026-02-02&to=2026-02-01")


@pytest.mark.parametrize("before", ["99999999999999999999", "-1", "x", "²"])
def test_r18_a_position_that_is_none_shows_the_newest_lines(office: Office, before: str) -> None:
    _log(office, "only one")
    assert "only one" in office.browser().text(f"/settings/log?before={before}&actor=%00")


def test_r18_the_log_tells_what_was_there_before_and_after_in_the_viewers_language(office: Office) -> None:
    detail = {"contact deleted": Changed(None, ["contacts exported", "x"]), "count": 3, "safe": Changed(False, True)}
    _log(office, "contacts imported", area="contacts", detail=detail)
    browser = office.browser()
    browser.post("/preferences/language", language="ja")
    facts = re.sub(r"<[^>]+>|\s+", "", browser.text("/settings/log"))
    assert "連絡先を削除：変更前：–→変更後：連絡先を書き出し、x" in facts
    assert "count：3" in facts
    assert "変更前：いいえ→変更後：はい" in facts


def test_r18_the_log_as_a_file_runs_no_formula_and_goes_on_behind_the_first_page(office: Office) -> None:
    for number in range(120):
        _log(office, f"did {number}", detail={"what": Changed("=1+1", "b"), "count": number})
    _log(office, "another", area="users")
    browser = office.browser()
    answer = browser.get("/settings/log/file?area=plugins")
    text = answer.get_data(as_text=True)
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert text.startswith("\ufeff")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="operations-')
    assert rows[0] == ["Entry", "Time", "Who", "Area", "What", "Detail", "Before", "After"]
    assert rows[1][2:] == ["'=sum", "Plugins", "did 119", "what", "'=1+1", "b"]
    assert rows[2][2:] == ["'=sum", "Plugins", "did 119", "count", "", "119"]
    assert len(rows) == 1 + 2 * 120
