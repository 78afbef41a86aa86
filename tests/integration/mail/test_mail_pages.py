"""R30: Settings › Mail: what an admin sets, the test mail, and the mails of late."""

from __future__ import annotations

import re
from typing import Any

import pytest
from cryptography.fernet import Fernet
from office_fixture import AGENT, Browser, Office
from sqlalchemy import select, text

from host.delivery.membership import Membership
from host.mail.administration import mail_settings
from host.mail.postman import Postman
from host.security.rotation import reseal_all
from host.security.sealing import Sealer
from host.storage.plugin_tables import plugin_secrets
from host.storage.tables import operation_log
from tests.integration.mail.conftest import PASSWORD, USER, SmtpServer, with_login

PAGE = "/settings/mail"
SECRET = "geheim-1234"
OURS = select(plugin_secrets.c.sealed).where(plugin_secrets.c.plugin == "host:mail")


def typed(smtp: SmtpServer, **changes: Any) -> dict[str, Any]:
    fields = {
        "host": "127.0.0.1",
        "port": str(smtp.port),
        "security": "none",
        "user": "",
        "password": "",
        "sender": "tsunagu@example.com",
        "sender_name": "つなぐ",
        "recipients": "sato@example.com\r\nsuzuki@example.com",
        "language": "ja",
        "digest": "daily",
        "digest_at": "08:30",
    }
    return {**fields, **changes}


@pytest.fixture
def browser(office: Office) -> Browser:
    return office.browser()


def test_r30_the_page_is_for_admins(office: Office, browser: Browser) -> None:
    assert office.browser(AGENT).get(PAGE).status_code == 403
    assert office.browser(None).get(PAGE).status_code == 302
    assert f'href="{PAGE}"' in browser.text("/calls")


def test_r30_before_anything_is_set_it_says_that_nobody_is_told(browser: Browser) -> None:
    page = browser.text(PAGE)
    assert "Nobody is told by mail at the moment" in page
    assert "No mails yet" in page


def test_r30_what_is_saved_is_shown_and_used_but_never_the_password(
    office: Office, browser: Browser, smtp: SmtpServer
) -> None:
    answer = browser.post(PAGE, **typed(smtp, user=USER, password=SECRET))
    assert answer.status_code == 302
    page = browser.text(PAGE)
    assert "Saved." in page
    assert "Nobody is told" not in page
    for shown in ('value="127.0.0.1"', "sato@example.com\nsuzuki@example.com", 'value="08:30"', 'value="つなぐ"'):
        assert shown in page
    assert SECRET not in page
    assert "A password is stored, encrypted." in page
    settings = mail_settings(office.services)
    assert settings.recipients == ("sato@example.com", "suzuki@example.com")
    with office.services.database.reading() as connection:
        everything = str(connection.execute(text("SELECT * FROM plugin_settings")).all())
        logged = connection.execute(select(operation_log.c.detail).where(operation_log.c.area == "mail")).scalar_one()
    assert SECRET not in everything + str(logged)
    assert logged["password"] == "changed"
    assert "メール" in office.browser(language="ja").text("/settings/log")


def test_r30_the_password_is_kept_and_resealed_and_forgotten_with_its_user(
    office: Office, browser: Browser, smtp: SmtpServer
) -> None:
    browser.post(PAGE, **typed(smtp, user=USER, password=SECRET))
    browser.post(PAGE, **typed(smtp, user=USER, recipients="other@example.com"))
    sealer = Sealer((*_new_key(), office.services.config.encryption_keys[0]))
    with office.services.database.writing() as connection:
        assert reseal_all(connection, sealer) >= 1
        sealed = connection.execute(
            select(plugin_secrets.c.sealed).where(plugin_secrets.c.plugin == "host:mail")
        ).scalar_one()
    assert sealer.open(sealed) == SECRET
    browser.post(PAGE, **typed(smtp))
    with office.services.database.reading() as connection:
        assert connection.execute(OURS).first() is None


def _new_key() -> tuple[str]:
    return (Fernet.generate_key().decode(),)


@pytest.mark.parametrize("where", ["", "/test"])
@pytest.mark.parametrize("changed", [{"host": "localhost"}, {"port": "2525"}, {"security": "tls"}, {"user": "other"}])
def test_r30_the_stored_password_goes_to_no_other_server_unasked(
    browser: Browser, smtp: SmtpServer, changed: dict[str, str], where: str
) -> None:
    browser.post(PAGE, **typed(smtp, user=USER, password=SECRET))
    answer = browser.post(PAGE + where, **{**typed(smtp, user=USER), **changed})
    assert answer.status_code == 422
    assert "Enter the password again" in answer.text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("host", "smtp.example.com\r\nX: y", "Enter the name of a server"),
        ("host", "smtp://example.com", "Enter the name of a server"),
        ("host", "", "Fill this in."),
        ("port", "0", "Enter a number from 1 to 65535."),
        ("port", "99999", "Enter a number from 1 to 65535."),
        ("port", "２５", "Enter a number from 1 to 65535."),
        ("security", "quantum", "Choose one of the list."),
        ("sender", "nobody", "This is no e-mail address."),
        ("sender", "", "Fill this in."),
        ("sender_name", "x" * 101, "At most 100 characters."),
        ("recipients", "sato@example.com\r\nnobody", "nobody is no e-mail address."),
        ("recipients", "<script>@x", "&lt;script&gt;@x is no e-mail address."),
        ("recipients", "\n".join(f"a{n}@example.com" for n in range(21)), "At most 20 addresses."),
        ("language", "xx", "Choose one of the list."),
        ("digest", "often", "Choose one of the list."),
        ("digest_at", "25:00", "Enter a time such as 09:00."),
        ("digest_at", "٠٩:٠٠", "Enter a time such as 09:00."),
    ],
)
def test_r30_what_means_nothing_is_refused_and_nothing_is_written(
    office: Office, browser: Browser, smtp: SmtpServer, field: str, value: str, said: str
) -> None:
    answer = browser.post(PAGE, **typed(smtp, **{field: value}))
    assert answer.status_code == 422
    assert said in answer.text
    assert mail_settings(office.services).server.host == ""


def test_r30_a_name_with_a_line_break_becomes_one_line(office: Office, browser: Browser, smtp: SmtpServer) -> None:
    browser.post(PAGE, **typed(smtp, sender_name="Tsunagu\r\nBcc: victim@example.com"))
    assert mail_settings(office.services).sender_name == "Tsunagu  Bcc: victim@example.com"
    browser.post(f"{PAGE}/test", **typed(smtp, sender_name="Tsunagu\r\nBcc: victim@example.com"))
    assert [message["Bcc"] for message in smtp.taken] == [None, None]


def test_r30_emptied_it_sends_nothing_any_more(office: Office, browser: Browser, smtp: SmtpServer) -> None:
    browser.post(PAGE, **typed(smtp))
    assert browser.post(PAGE, **typed(smtp, host="", sender="", recipients="")).status_code == 302
    assert not mail_settings(office.services).complete


def test_r30_a_test_mail_goes_with_what_is_typed_and_saves_nothing(
    office: Office, browser: Browser, smtp: SmtpServer
) -> None:
    answer = browser.post(f"{PAGE}/test", {"HX-Request": "true"}, **typed(smtp))
    assert answer.status_code == 200
    assert "The server took the test mail to sato@example.com." in answer.text
    assert "<html" not in answer.text
    assert smtp.subjects == ["【Tsunagu】テストメール：Tsunagu からのメールが届きました"] * 2
    assert not mail_settings(office.services).complete


def test_r30_without_script_the_answer_is_the_page_with_what_was_typed(browser: Browser, smtp: SmtpServer) -> None:
    answer = browser.post(f"{PAGE}/test", **typed(smtp, sender_name="Typed just now"))
    assert answer.status_code == 200
    assert "The server took the test mail to suzuki@example.com." in answer.text
    assert 'value="Typed just now"' in answer.text


def test_r30_a_wrong_password_in_the_test_is_said_as_the_server_said_it(browser: Browser, smtp_servers: Any) -> None:
    server = with_login(smtp_servers, auth_require_tls=False)
    wrong = typed(server, user=USER, password="not it")
    answer = browser.post(f"{PAGE}/test", {"HX-Request": "true"}, **wrong)
    assert "The server refuses the user name or the password: 535 5.7.8" in answer.text
    assert "not it" not in answer.text
    japanese = browser.client.post(
        f"{PAGE}/test", data={"csrf_token": browser.token(), **wrong}, headers={"Accept-Language": "ja"}
    )
    assert "ユーザー名またはパスワードがサーバーに拒否されました: 535 5.7.8" in japanese.text
    right = browser.post(f"{PAGE}/test", {"HX-Request": "true"}, **{**wrong, "password": PASSWORD})
    assert "The server took the test mail" in right.text


def test_r30_a_recipient_that_is_refused_is_told_beside_the_others(browser: Browser, smtp: SmtpServer) -> None:
    smtp.refuses["suzuki@example.com"] = "550 5.1.1 no such mailbox"
    answer = browser.post(f"{PAGE}/test", {"HX-Request": "true"}, **typed(smtp))
    assert "The server took the test mail to sato@example.com." in answer.text
    assert "Not sent to suzuki@example.com" in answer.text
    assert "550 5.1.1 no such mailbox" in answer.text


def test_r30_a_test_with_something_missing_names_it(browser: Browser, smtp: SmtpServer) -> None:
    answer = browser.post(f"{PAGE}/test", {"HX-Request": "true"}, **typed(smtp, recipients="", port="x"))
    assert "Port: Enter a number from 1 to 65535." in answer.text
    answer = browser.post(f"{PAGE}/test", {"HX-Request": "true"}, **typed(smtp, recipients=""))
    assert "Recipients: Fill this in." in answer.text
    assert smtp.taken == []


def test_r30_a_key_that_is_gone_is_a_sentence(office: Office, browser: Browser, smtp: SmtpServer) -> None:
    browser.post(PAGE, **typed(smtp, user=USER, password=SECRET))
    with office.services.database.writing() as connection:
        connection.execute(plugin_secrets.update().values(sealed="gAAAAbroken"))
    assert browser.get(PAGE).status_code == 200
    answer = browser.post(f"{PAGE}/test", {"HX-Request": "true"}, **typed(smtp, user=USER))
    assert "cannot be opened" in answer.text


def test_r30_mails_that_do_not_go_are_a_banner_for_admins(office: Office, browser: Browser, smtp: SmtpServer) -> None:
    browser.post(PAGE, **typed(smtp, recipients="sato@example.com"))
    office.services.registry.context("salesforce").alarms.raise_alarm("x", "Lost", "")
    smtp.refuses[""] = "451 busy"
    postman = Postman(office.services, Membership(office.services.database, "w", 15.0))
    postman.look()
    page = browser.text("/calls")
    assert "Mails cannot be sent" in page
    assert "451 busy" in page
    assert "451 busy" in browser.text(PAGE)
    assert "Mails cannot be sent" not in office.browser(AGENT).text("/calls")
    smtp.refuses.clear()
    office.clock.now = office.clock.now.replace(hour=7)
    postman.look()
    assert "Mails cannot be sent" not in browser.text("/calls")
    assert re.search(r"Sent</span>", browser.text(PAGE))


def test_r32_the_link_of_a_mail_leads_to_the_plugin_s_settings(browser: Browser) -> None:
    assert browser.get("/settings/plugins/salesforce").headers["Location"] == "/plugins/salesforce/"
    assert browser.get("/settings/plugins/asterisk").headers["Location"].startswith("/")
    assert browser.get("/settings/plugins/nobody").headers["Location"] == "/settings/plugins"
