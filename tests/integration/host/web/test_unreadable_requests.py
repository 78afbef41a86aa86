"""Bad input: what no parser can take, and numbers larger than any id, are the sender's mistakes and never a 500."""

from __future__ import annotations

import base64
import json

import pytest
from app_fixture import Site
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

UNREADABLE = [
    b"[" * 100_000,
    b'{"text": "x", "version": ' + b"9" * 5000 + b"}",
    b"{",
    b'"\xff"',
    '{"text": "x"}'.encode("utf-16"),
]
WRITES = [("PUT", "/calls/x/memo"), ("POST", "/calls"), ("PATCH", "/plugins/contacts"), ("POST", "/contacts")]
HUGE = "9" * 30


@pytest.mark.parametrize("body", UNREADABLE, ids=["deep", "digits", "cut off", "not utf-8", "utf-16"])
@pytest.mark.parametrize(("method", "path"), WRITES)
def test_json_that_cannot_be_read_is_a_bad_request(shared_site: Site, method: str, path: str, body: bytes) -> None:
    answer = shared_site.api(method, path, data=body, content_type="application/json")
    assert (answer.status_code, answer.json["message"]) == (400, "The body is no JSON that can be read.")


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_another_kind_of_content_is_named_as_what_is_wrong(shared_site: Site, method: str, path: str) -> None:
    answer = shared_site.api(method, path, data={"text": "x"})
    assert (answer.status_code, answer.json["message"]) == (415, "This needs to be JSON.")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("path", ["/api/v1/calls", "/calls"])
def test_a_cursor_beyond_all_time_was_not_given_out(shared_site: Site, moment: str, path: str) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps([moment, "x"]).encode()).decode()
    assert shared_site.admin.get(path, query_string={"cursor": cursor}).status_code == 422


@pytest.mark.parametrize("path", ["/settings/users/{}", "/plugins/contacts/{}", "/api/v1/contacts/{}"])
def test_an_id_larger_than_any_is_not_found(shared_site_anywhere: Site, path: str) -> None:
    assert shared_site_anywhere.admin.get(path.format(HUGE)).status_code == 404


@pytest.mark.parametrize("path", ["/settings/tokens/{}/revoke", "/settings/users/{}/password", "/settings/memo-items/{}"])
def test_nothing_with_an_id_larger_than_any_can_be_changed(shared_site_anywhere: Site, path: str) -> None:
    browser = shared_site_anywhere.admin
    token = browser.get("/profile").text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = browser.post(path.format(HUGE), data={"csrf_token": token, "password": "long enough", "label": "x"})
    assert answer.status_code == 404


def test_the_error_of_a_statement_repeats_no_value_of_it(site_anywhere: Site) -> None:
    """Bugs are logged with their traceback; a memo's text or a number must not be in there."""
    with pytest.raises(SQLAlchemyError) as raised, site_anywhere.services.database.writing() as connection:
        connection.execute(text("insert into nowhere values (:memo)"), {"memo": "Call 09012345678 back"})
    assert "09012345678" not in str(raised.value)
