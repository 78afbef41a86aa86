"""The settings: plugins, users, tokens, sources, memo items, operation log."""

from __future__ import annotations

import re

import pytest
from office_fixture import ADMIN, AGENT, PASSWORD, Office
from sqlalchemy import select

from host.security.event_sources import event_sources_of
from host.security.tokens import token_of
from host.security.users import user_with_email
from host.storage import tables
from host.storage.call_notes import memo_labels

SETTINGS = ("plugins", "users", "users/new", "users/2", "tokens", "sources", "memo-items", "errors", "log", "log/file")


@pytest.mark.parametrize("page", SETTINGS)
def test_only_admins_see_the_settings(office: Office, page: str) -> None:
    assert office.browser(AGENT).get(f"/settings/{page}").status_code == 403
    assert office.browser(None).get(f"/settings/{page}").status_code == 302
    assert office.browser(ADMIN).get(f"/settings/{page}").status_code == 200


def test_r34_a_plugin_is_switched_off_and_on_at_once(office: Office) -> None:
    browser, registry = office.browser(), office.services.registry
    off = browser.post("/settings/plugins/salesforce/switch", enabled="no")
    assert off.location == "/settings/plugins"
    assert not registry.is_enabled("salesforce")
    page = browser.text("/settings/plugins")
    assert "Salesforce is switched off." in page
    assert f"Switched by {ADMIN}" in page
    part = browser.post("/settings/plugins/salesforce/switch", {"HX-Request": "true"}, enabled="yes")
    assert 'aria-checked="true"' in part.text
    assert "<html" not in part.text
    assert registry.is_enabled("salesforce")


def test_r34_the_menu_follows_the_switch(office: Office) -> None:
    browser = office.browser()
    assert "/plugins/contacts" in browser.text("/calls")
    office.services.registry.set_enabled("contacts", False, ADMIN)
    assert "/plugins/contacts" not in browser.text("/calls")
    assert browser.get("/plugins/contacts").status_code == 404


def test_r34_an_agent_may_not_switch_and_an_unknown_plugin_is_not_found(office: Office) -> None:
    assert office.browser(AGENT).post("/settings/plugins/salesforce/switch", enabled="no").status_code == 403
    assert office.services.registry.is_enabled("salesforce")
    assert office.browser().post("/settings/plugins/nope/switch", enabled="no").status_code == 404


def test_the_plugin_s_card_counts_what_waits_is_on_hold_and_failed(office: Office) -> None:
    card = re.search(r'id="plugin-salesforce".*?</section>', office.browser().text("/settings/plugins"), re.DOTALL)
    assert card
    counts = dict(re.findall(r"<dt>([^<]+)</dt><dd[^>]*>(\d+)</dd>", card[0]))
    assert counts == {"waiting": "1", "on hold": "1", "failed": "1"}


def test_a_user_is_added_logs_in_and_is_written_into_the_log(office: Office) -> None:
    browser, fields = (
        office.browser(),
        {"name": "中村 葵", "email": "Nakamura@Example.co.jp", "role": "agent", "extension": "105"},
    )
    assert browser.post("/settings/users/new", **fields, password=PASSWORD).location == "/settings/users"
    assert "中村 葵" in browser.text("/settings/users")
    assert office.browser("nakamura@example.co.jp").get("/calls").status_code == 200
    assert "Added" in browser.text("/settings/log?area=users")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"email": AGENT}, "There is a user with this e-mail address already."),
        ({"email": "nonsense"}, "This is no e-mail address."),
        ({"extension": "102"}, "This extension belongs to another user."),
        ({"extension": "1 2"}, "An extension has up to 32 digits"),
        ({"password": "short"}, "A password needs at least 10 characters."),
        ({"role": "king"}, "Choose one of the list."),
        ({"name": ""}, "Fill this in."),
        ({"name": "長" * 201}, "At most 200 characters."),
    ],
)
def test_a_user_that_cannot_be_added_says_why_and_keeps_what_was_typed(
    office: Office, changed: dict[str, str], sentence: str
) -> None:
    fields = {
        "name": "中村 葵",
        "email": "new@example.co.jp",
        "role": "agent",
        "extension": "",
        "password": PASSWORD,
    } | changed
    answer = office.browser().post("/settings/users/new", **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{fields["email"]}"' in answer.text
    assert PASSWORD not in answer.text
    with office.services.database.reading() as connection:
        assert user_with_email(connection, "new@example.co.jp") is None


def test_a_user_who_is_switched_off_is_out_at_once(office: Office) -> None:
    agent = office.browser(AGENT)
    fields = {"name": "鈴木 健太", "email": AGENT, "role": "agent", "extension": "102"}
    assert office.browser().post("/settings/users/2", **fields).location == "/settings/users"
    assert agent.get("/calls").status_code == 302
    assert agent.post("/login", email=AGENT, password=PASSWORD).status_code == 401


def test_the_last_admin_stays_one(office: Office) -> None:
    fields = {"name": "佐藤 美咲", "email": ADMIN, "role": "agent", "extension": "101", "active": "on"}
    answer = office.browser().post("/settings/users/1", **fields)
    assert answer.status_code == 422
    assert "At least one active admin has to be left." in answer.text


def test_an_admin_sets_a_password_which_logs_the_user_out(office: Office) -> None:
    agent = office.browser(AGENT)
    assert office.browser().post("/settings/users/2/password", password="short").status_code == 422
    office.browser().post("/settings/users/2/password", password="brand new password")
    assert agent.get("/calls").status_code == 302
    assert agent.post("/login", email=AGENT, password="brand new password").status_code == 302
    assert office.browser().get("/settings/users/999").status_code == 404


def test_a_token_is_shown_once_works_and_is_revoked(office: Office) -> None:
    browser = office.browser()
    made = browser.post("/settings/tokens", name="帳票", role="admin")
    secret = re.search(r"tsu_[A-Za-z0-9_-]{43}", made.text)
    assert secret
    assert secret[0] not in browser.text("/settings/tokens")
    with office.services.database.reading() as connection:
        token = token_of(connection, secret[0])
    assert token is not None
    browser.post(f"/settings/tokens/{token.id}/revoke")
    with office.services.database.reading() as connection:
        assert token_of(connection, secret[0]) is None
    assert browser.post("/settings/tokens", name="", role="admin").status_code == 422
    assert secret[0] not in browser.text("/settings/log")


def test_a_source_s_secret_is_shown_once_and_changed_without_a_gap(office: Office) -> None:
    browser, form = office.browser(), {"name": "asterisk:branch"}

    def secrets() -> tuple[str, ...]:
        with office.services.database.reading() as connection:
            sources = event_sources_of(connection, office.services.sealer)
        return next(source.secrets for source in sources if source.name == "asterisk:branch")

    first = re.search(r"whsec_[A-Za-z0-9+/=]+", browser.post("/settings/sources", **form).text)
    assert first
    assert secrets() == (first[0],)
    assert "whsec_" not in browser.text("/settings/sources")
    second = re.search(r"whsec_[A-Za-z0-9+/=]+", browser.post("/settings/sources/rotate", **form).text)
    assert second
    assert secrets() == (second[0], first[0])
    assert "Two secrets are valid" in browser.text("/settings/sources")
    browser.post("/settings/sources/retire", **form)
    assert secrets() == (second[0],)
    assert browser.post("/settings/sources", **form).status_code == 422
    assert browser.post("/settings/sources/rotate", name="nope").status_code == 422


def labels(office: Office) -> list[str]:
    with office.services.database.reading() as connection:
        return list(memo_labels(connection))


def test_memo_items_are_added_renamed_ordered_and_taken_out_of_use(office: Office) -> None:
    browser = office.browser()
    browser.post("/settings/memo-items", label=" 解約 ")
    assert labels(office) == ["折り返し希望", "見積依頼", "クレーム", "資料送付済み", "解約"]
    browser.post("/settings/memo-items/5", do="up", label="解約")
    browser.post("/settings/memo-items/1", do="up", label="折り返し希望")
    browser.post("/settings/memo-items/2", do="retire", label="見積依頼")
    browser.post("/settings/memo-items/3", do="rename", label="ご意見")
    assert labels(office) == ["折り返し希望", "ご意見", "解約", "資料送付済み"]
    assert "見積依頼" in browser.text(f"/calls/{office.calls['matched']}"), "it was ticked there"
    browser.post("/settings/memo-items/2", do="restore", label="見積依頼")
    assert "見積依頼" in labels(office)


@pytest.mark.parametrize(
    ("url", "label"), [("", ""), ("", "クレーム"), ("", "長" * 101), ("/1", "クレーム"), ("/99", "新しい")]
)
def test_a_memo_item_that_cannot_be_is_a_sentence(office: Office, url: str, label: str) -> None:
    answer = office.browser().post(f"/settings/memo-items{url}", label=label)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert labels(office) == ["折り返し希望", "見積依頼", "クレーム", "資料送付済み"]


def test_r18_the_operation_log_is_filtered_and_paged(office: Office) -> None:
    with office.services.database.writing() as connection:
        for number in range(120):
            line = {
                "happened_at": office.clock(),
                "actor": f"person{number}",
                "area": "plugins",
                "action": "enabled",
                "detail": {},
            }
            connection.execute(tables.operation_log.insert().values(**line))
    browser = office.browser()
    first = browser.text("/settings/log")
    assert "person119" in first
    assert "person19<" not in first
    older = re.search(r'href="([^"]+)" rel="next"', first)
    assert older
    assert "person19<" in browser.text(older[1].replace("&amp;", "&"))
    assert "person118" not in browser.text("/settings/log?actor=person119")
    assert "Nothing in the log" in browser.text("/settings/log?area=users")


def test_r18_what_a_plugin_wrote_into_the_log_is_in_its_own_words(office: Office) -> None:
    line = {"happened_at": office.clock(), "actor": "a", "area": "contacts", "action": "contacts imported", "detail": {}}
    with office.services.database.writing() as connection:
        connection.execute(tables.operation_log.insert().values(**line))
    browser = office.browser()
    assert "contacts imported" in browser.text("/settings/log")
    browser.post("/preferences/language", language="ja")
    japanese = browser.text("/settings/log")
    assert "連絡先を取り込み" in japanese
    assert '<option value="contacts">連絡先</option>' in japanese


def test_what_is_done_in_the_settings_is_in_the_log_without_secrets(office: Office) -> None:
    browser = office.browser()
    browser.post("/settings/sources", name="pbx")
    browser.post("/settings/users/2/password", password="brand new password")
    with office.services.database.reading() as connection:
        lines = connection.execute(select(tables.operation_log)).mappings().all()
    assert {(line["area"], line["action"], line["actor"]) for line in lines} >= {
        ("sources", "created", ADMIN),
        ("users", "password set", ADMIN),
    }
    assert "whsec_" not in str(lines)
    assert "brand new" not in str(lines)


def test_names_keep_the_wide_space_of_japanese(office: Office) -> None:
    browser, name = office.browser(ADMIN), "佐々木　翔太"
    made = browser.post(
        "/settings/users/new", email="sasaki@example.co.jp", name=f" {name}\u202e", role="agent", password=PASSWORD
    )
    assert made.status_code == 302
    browser.post("/settings/memo-items", label="資料　送付")
    with office.services.database.reading() as connection:
        user = user_with_email(connection, "sasaki@example.co.jp")
        assert user
        assert user.name == name
        assert "資料　送付" in memo_labels(connection)
