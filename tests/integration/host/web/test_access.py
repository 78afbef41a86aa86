"""Who may do what: sessions, tokens, roles, CSRF, throttling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from app_fixture import PASSWORD, Site, csrf_token
from sqlalchemy import select, update

from host.security.authentication import LoginRefused, authenticate
from host.security.tokens import list_tokens, revoke_token
from host.security.users import Role, UserError, change_password, change_user, create_user
from host.storage.tables import api_tokens, users

ROUTES = [
    ("GET", "/api/v1/calls"),
    ("GET", "/api/v1/calls/x"),
    ("POST", "/api/v1/calls"),
    ("PUT", "/api/v1/calls/x/memo"),
    ("PUT", "/api/v1/calls/x/analysis"),
    ("POST", "/api/v1/calls/x/refetch"),
    ("GET", "/api/v1/plugins"),
    ("PATCH", "/api/v1/plugins/x"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer nonsense", "Bearer tsu_" + "A" * 43, "Basic YTpi"])
def test_nothing_of_the_api_is_open(shared_site: Site, method: str, path: str, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = shared_site.anonymous.open(path, method=method, headers=headers, json={} if method != "GET" else None)
    assert answer.status_code == 401
    assert answer.json["message"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/calls"),
        ("GET", "/profile"),
        ("GET", "/settings/users"),
        ("POST", "/settings/tokens"),
        ("POST", "/calls/dial"),
        ("POST", "/profile/name"),
        ("POST", "/profile/password"),
        ("GET", "/plugins/contacts"),
        ("GET", "/plugins/salesforce/"),
    ],
)
def test_a_token_opens_the_api_and_no_page(site: Site, method: str, path: str) -> None:
    """A token that is revoked must leave nothing behind: it can make no users and no further tokens."""
    headers = {"Authorization": f"Bearer {site.admin_token}"}
    answer = site.anonymous.open(path, method=method, headers=headers, data={"name": "x", "role": "admin"})
    assert (answer.status_code, answer.location[:6]) == (302, "/login")
    with site.services.database.reading() as connection:
        assert len(list_tokens(connection)) == 2


def test_a_token_may_choose_no_language(site: Site) -> None:
    headers = {"Authorization": f"Bearer {site.admin_token}"}
    assert site.anonymous.post("/preferences/language", headers=headers, data={"language": "ja"}).status_code == 302


def test_logging_in_begins_a_session_that_nobody_knew_before(site: Site) -> None:
    """Whoever planted a cookie in this browser holds its CSRF token: it is worth nothing afterwards."""
    browser = site.anonymous
    before = csrf_token(browser)
    browser.post("/login", data={"email": "agent@example.com", "password": PASSWORD, "csrf_token": before})
    with browser.session_transaction() as kept:
        assert kept["_user_id"]
        known = dict(kept)
    fresh = csrf_token(browser, "/calls")
    assert browser.post("/preferences/theme", data={"theme": "dark", "csrf_token": before}).status_code == 400
    browser.post("/logout", data={"csrf_token": fresh})
    with browser.session_transaction() as kept:
        assert not set(kept.values()) & set(known.values())


def test_a_copy_of_the_cookie_is_worth_nothing_after_logging_out(site_anywhere: Site) -> None:
    browser, copy, other = site_anywhere.agent, site_anywhere.anonymous, site_anywhere.agent
    cookie = browser.get_cookie("tsunagu_session")
    assert cookie
    copy.set_cookie("tsunagu_session", cookie.value)
    assert copy.get("/calls").status_code == 200
    browser.post("/logout", data={"csrf_token": csrf_token(browser, "/calls")})
    assert copy.get("/calls").status_code == 302
    assert other.get("/calls").status_code == 200


def test_a_session_ends_twelve_hours_after_the_login_however_it_is_used(site: Site) -> None:
    start = datetime.now(UTC)
    with time_machine.travel(start, tick=False) as clock:
        browser = site.agent
        for _hour in range(11):
            clock.shift(timedelta(hours=1))
            token = csrf_token(browser, "/profile")
            browser.post("/profile/name", data={"name": "Alice Sato", "csrf_token": token})  # its message renews the cookie
        assert browser.get("/calls").status_code == 200
        clock.shift(timedelta(hours=1, seconds=1))
        assert browser.get("/calls").status_code == 302


def test_a_wrong_token_is_not_healed_by_a_session(shared_site: Site) -> None:
    headers = {"Authorization": "Bearer tsu_" + "A" * 43}
    assert shared_site.admin.get("/api/v1/calls", headers=headers).status_code == 401


def test_a_session_may_read_and_writes_only_with_the_csrf_token(site: Site) -> None:
    site.send_event()
    (call_id,) = site.call_ids()
    browser = site.agent
    path = f"/api/v1/calls/{call_id}/memo"
    assert browser.get(f"/api/v1/calls/{call_id}").status_code == 200
    assert browser.put(path, json={"text": "x"}).status_code == 400
    assert browser.put(path, json={"text": "x"}, headers={"X-CSRFToken": "made up"}).status_code == 400
    token = csrf_token(browser, "/login") if browser.get("/login").status_code == 200 else _page_token(browser)
    answer = browser.put(path, json={"text": "x"}, headers={"X-CSRFToken": token})
    assert (answer.status_code, answer.json["saved_by"]) == (200, "agent@example.com")


def _page_token(browser: object) -> str:
    return csrf_token(browser, "/calls")  # type: ignore[arg-type]


def test_the_login_form_needs_the_csrf_token(shared_site: Site) -> None:
    answer = shared_site.anonymous.post("/login", data={"email": "admin@example.com", "password": PASSWORD})
    assert answer.status_code == 400


def test_agents_may_not_switch_plugins_and_admins_may(site: Site) -> None:
    assert site.api("PATCH", "/plugins/salesforce", role="agent", json={"enabled": False}).status_code == 403
    answer = site.api("PATCH", "/plugins/salesforce", json={"enabled": False})
    assert (answer.status_code, answer.json["state"], answer.json["changed_by"]) == (200, "disabled", "token admin")
    assert site.api("PATCH", "/plugins/nope", json={"enabled": True}).status_code == 404
    for wrong in ({}, {"enabled": "no"}, {"enabled": None}, {"enabled": 0}):
        assert site.api("PATCH", "/plugins/salesforce", json=wrong).status_code == 422


def test_a_token_is_kept_as_a_hash_and_refused_once_revoked(site: Site) -> None:
    with site.services.database.reading() as connection:
        stored = connection.execute(select(api_tokens)).all()
        ids = {token.name: token.id for token in list_tokens(connection)}
    assert site.admin_token not in str(stored)
    assert site.api("GET", "/plugins").status_code == 200
    with site.services.database.writing() as connection:
        revoke_token(connection, ids["admin"], datetime.now(UTC))
    assert site.api("GET", "/plugins").status_code == 401


def test_the_last_use_of_a_token_is_noted_every_ten_minutes_at_most(site: Site) -> None:
    def last_used() -> datetime | None:
        with site.services.database.reading() as connection:
            return next(token.last_used_at for token in list_tokens(connection) if token.name == "admin")

    start = datetime(2026, 11, 22, 12, tzinfo=UTC)
    for minutes, noted in ((0, 0), (9, 0), (10, 10)):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            site.api("GET", "/plugins")
        assert last_used() == start + timedelta(minutes=noted)


def test_a_new_password_ends_other_sessions(site: Site) -> None:
    browser = site.agent
    assert browser.get("/api/v1/calls").status_code == 200
    with site.services.database.writing() as connection:
        change_password(connection, site.agent_id, "another password")
    assert browser.get("/api/v1/calls").status_code == 401
    site.logged_in("agent@example.com", "another password")


def test_who_is_switched_off_is_out_at_once(site: Site) -> None:
    browser = site.agent
    with site.services.database.writing() as connection:
        connection.execute(update(users).where(users.c.id == site.agent_id).values(active=False))
    assert browser.get("/api/v1/calls").status_code == 401
    with pytest.raises(LoginRefused):
        authenticate(site.services, "agent@example.com", PASSWORD, "192.0.2.1")


def test_wrong_password_and_unknown_user_are_told_apart_by_nobody(site: Site) -> None:
    said = set()
    for email in ("agent@example.com", "nobody@example.com", "", "a\0b", "x" * 1000, "\ud800"):
        with pytest.raises(LoginRefused) as refused:
            authenticate(site.services, email, "wrong", "192.0.2.1")
        said.add(refused.value.message)
    assert said == {"The e-mail address or the password is wrong."}


def test_failures_for_one_address_slow_it_down_and_time_lets_it_in_again(site: Site) -> None:
    start = datetime.now(UTC)
    with time_machine.travel(start, tick=False) as clock:
        for _ in range(5):
            with pytest.raises(LoginRefused, match="wrong"):
                authenticate(site.services, "Agent@Example.com ", "wrong", "192.0.2.1")
        with pytest.raises(LoginRefused, match="Too many failed attempts") as refused:
            authenticate(site.services, "agent@example.com", PASSWORD, "192.0.2.99")
        assert refused.value.retry_after == timedelta(seconds=30)
        clock.shift(31)
        assert authenticate(site.services, "agent@example.com", PASSWORD, "192.0.2.99").name == "Alice Sato"
        with pytest.raises(LoginRefused, match="wrong"):  # the success forgave the failures
            authenticate(site.services, "agent@example.com", "wrong", "192.0.2.99")


def test_one_network_address_that_tries_many_people_is_slowed_down(site: Site) -> None:
    for number in range(20):
        with pytest.raises(LoginRefused, match="wrong"):
            authenticate(site.services, f"person{number}@example.com", "wrong", "192.0.2.1")
    with pytest.raises(LoginRefused, match="Too many"):
        authenticate(site.services, "agent@example.com", PASSWORD, "192.0.2.1")
    assert authenticate(site.services, "agent@example.com", PASSWORD, "192.0.2.2")


def test_the_last_admin_cannot_be_taken_away(site_anywhere: Site) -> None:
    values = {"email": "a@example.com", "name": "A", "extension": None, "language": None}
    with site_anywhere.services.database.writing() as connection:
        with pytest.raises(UserError, match="active admin"):
            change_user(connection, site_anywhere.admin_id, role=Role.AGENT, active=True, **values)
        with pytest.raises(UserError, match="active admin"):
            change_user(connection, site_anywhere.admin_id, role=Role.ADMIN, active=False, **values)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"email": "AGENT@example.com"}, "e-mail address already"),
        ({"extension": "101"}, "another user"),
        ({"email": "nobody"}, "no e-mail"),
        ({"email": "a\0@b"}, "no e-mail"),
        ({"name": " "}, "name of 1 to 200"),
        ({"name": "a\0"}, "name of 1 to 200"),
        ({"extension": "１０１"}, "extension"),
    ],
)
def test_users_are_unique_and_have_usable_values(site_anywhere: Site, changes: dict[str, str], said: str) -> None:
    values = {"email": "new@example.com", "name": "New", "role": Role.AGENT, "password": PASSWORD, "extension": "102"}
    with site_anywhere.services.database.writing() as connection:
        with pytest.raises(UserError, match=said):
            create_user(connection, now=datetime.now(UTC), **(values | changes))
        assert create_user(connection, now=datetime.now(UTC), **values)  # the transaction goes on


def test_answers_carry_the_security_headers(shared_site: Site) -> None:
    answer = shared_site.anonymous.get("/login")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert policy != shared_site.anonymous.get("/login").headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_errors_are_json_for_programs_and_keep_their_headers(shared_site: Site) -> None:
    missing = shared_site.api("GET", "/nope")
    assert (missing.status_code, missing.json["code"]) == (404, 404)
    wrong = shared_site.api("DELETE", "/calls")
    assert wrong.status_code == 405
    assert {"GET", "POST"} <= set(wrong.headers["Allow"].split(", "))
    assert shared_site.anonymous.get("/nope").content_type.startswith("text/")
    assert "Bearer" in shared_site.anonymous.get("/api/v1/calls").headers["WWW-Authenticate"]
