"""Logging in and out, language, colours, profile."""

from __future__ import annotations

import pytest
from office_fixture import ADMIN, AGENT, PASSWORD, Office

from host.security.users import change_password, user_with_email


def test_a_page_asks_to_log_in_and_comes_back_to_where_it_was(office: Office) -> None:
    browser = office.browser(None)
    asked = browser.get(f"/calls/{office.calls['matched']}")
    assert asked.status_code == 302
    assert asked.location == f"/login?next=/calls/{office.calls['matched']}"
    entered = browser.post(asked.location, email=ADMIN, password=PASSWORD)
    assert entered.location == f"/calls/{office.calls['matched']}"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"]
)
def test_login_never_leads_to_another_site(office: Office, target: str) -> None:
    browser = office.browser(None)
    entered = browser.client.post(
        "/login", query_string={"next": target}, data={"csrf_token": browser.token(), "email": ADMIN, "password": PASSWORD}
    )
    assert entered.location == "/calls"


def test_a_wrong_password_says_so_without_telling_who_exists(office: Office) -> None:
    browser = office.browser(None)
    wrong = browser.post("/login", email=ADMIN, password="no")
    nobody = browser.post("/login", email="nobody@example.co.jp", password="no")
    assert wrong.status_code == nobody.status_code == 401
    assert "The e-mail address or the password is wrong." in wrong.text
    assert "The e-mail address or the password is wrong." in nobody.text
    assert f'value="{ADMIN}"' in wrong.text


def test_too_many_attempts_are_slowed_down_with_a_sentence_in_the_page_s_language(office: Office) -> None:
    browser = office.browser(None, language="ja")
    for _attempt in range(5):
        browser.post("/login", email=AGENT, password="no")
    slowed = browser.post("/login", email=AGENT, password=PASSWORD)
    assert (slowed.status_code, slowed.headers["Retry-After"]) == (429, "30")
    assert "分後にもう一度お試しください" in slowed.text


def test_nobody_can_keep_a_person_out_of_a_browser_they_logged_in_with_before(office: Office) -> None:
    """Who guesses at an admin's password slows strangers down, not the admin at their own desk."""
    desk, stranger = office.browser(ADMIN), office.browser(None)
    desk.post("/logout")
    for _attempt in range(8):
        stranger.post("/login", email=ADMIN, password="no")
    assert stranger.post("/login", email=ADMIN, password=PASSWORD).status_code == 429
    assert desk.post("/login", email=ADMIN, password=PASSWORD).status_code == 302


def test_a_known_browser_is_slowed_down_as_well_and_known_for_one_person_only(office: Office) -> None:
    desk = office.browser(ADMIN)
    desk.post("/logout")
    for _attempt in range(5):
        assert desk.post("/login", email=ADMIN, password="no").status_code == 401
    assert desk.post("/login", email=ADMIN, password=PASSWORD).status_code == 429
    for _attempt in range(5):
        desk.post("/login", email=AGENT, password="no")
    assert office.browser(None).post("/login", email=AGENT, password=PASSWORD).status_code == 429


def test_a_made_up_mark_makes_no_browser_known(office: Office) -> None:
    browser = office.browser(None)
    for number in range(6):
        browser.client.set_cookie("tsunagu_browser", f"made-up-{number}")
        answer = browser.post("/login", email=ADMIN, password="no")
    assert answer.status_code == 429


def test_an_operator_who_sets_a_password_lets_the_person_in_again(office: Office) -> None:
    browser = office.browser(None)
    for _attempt in range(6):
        browser.post("/login", email=AGENT, password="no")
    with office.services.database.writing() as connection:
        user = user_with_email(connection, AGENT)
        assert user
        change_password(connection, user.id, "quite another one")
    assert browser.post("/login", email=AGENT, password="quite another one").status_code == 302


def test_logout_needs_a_post_with_our_token(office: Office) -> None:
    browser = office.browser()
    assert browser.get("/logout").status_code == 405
    assert browser.client.post("/logout").status_code == 400
    assert browser.get("/calls").status_code == 200
    assert browser.post("/logout").location == "/login"
    assert browser.get("/calls").status_code == 302


def test_the_language_is_kept_with_the_person_and_with_the_browser(office: Office) -> None:
    browser = office.browser()
    assert "Call history" in browser.text("/calls")
    assert browser.post("/preferences/language", language="ja", next="/profile").location == "/profile"
    assert "応対履歴" in browser.text("/calls")
    assert '<html lang="ja"' in browser.text("/calls")
    browser.post("/logout")
    assert "メールアドレス" in browser.text("/login")
    assert "応対履歴" in office.browser().text("/calls")


def test_the_colours_are_kept_with_the_browser(office: Office) -> None:
    browser = office.browser(None)
    assert 'data-theme="auto"' in browser.text("/login")
    browser.post("/preferences/theme", theme="dark", next="/login")
    assert 'data-theme="dark" data-bs-theme="dark"' in browser.text("/login")
    browser.post("/preferences/theme", theme="<script>", next="//evil.example")
    assert 'data-theme="dark"' in browser.text("/login")


def test_a_person_changes_their_name(office: Office) -> None:
    browser = office.browser(AGENT)
    assert browser.post("/profile/name", name="鈴木 健").location == "/profile"
    assert "鈴木 健" in browser.text("/profile")
    empty = browser.post("/profile/name", name=" ")
    assert empty.status_code == 422
    assert "Fill this in." in empty.text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"current": "no", "password": "a new password", "repeated": "a new password"},
            "This is not your current password.",
        ),
        ({"current": PASSWORD, "password": "a new password", "repeated": "another"}, "The two new passwords differ."),
        ({"current": PASSWORD, "password": "short", "repeated": "short"}, "A password needs at least 10 characters."),
        ({"current": PASSWORD, "password": "", "repeated": ""}, "Fill this in."),
    ],
)
def test_a_password_that_cannot_be_changed_says_why(office: Office, fields: dict[str, str], sentence: str) -> None:
    answer = office.browser(AGENT).post("/profile/password", **fields)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_new_password_logs_out_other_browsers_and_keeps_this_one(office: Office) -> None:
    here, elsewhere = office.browser(AGENT), office.browser(AGENT)
    changed = here.post("/profile/password", current=PASSWORD, password="quite another one", repeated="quite another one")
    assert changed.location == "/profile"
    assert here.get("/calls").status_code == 200
    assert elsewhere.get("/calls").status_code == 302
