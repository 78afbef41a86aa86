"""R30: whatever a mail server refuses is told in a sentence, with the server's own words."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from host.mail import smtp as sending
from host.mail.envelope import enveloped
from host.mail.settings import Security, Server
from host.mail.smtp import MailRefused, hand_over, session
from tests.integration.mail.conftest import PASSWORD, USER, Certificate, SmtpServer, part, settings_for, with_login

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
Servers = Callable[..., SmtpServer]


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    return certificate


def send(server: Server, smtp: SmtpServer, subject: str = "Hello") -> None:
    message = enveloped(
        settings_for(smtp),
        key="k",
        recipient="sato@example.com",
        subject=subject,
        text="本文です。" * 200,
        html="<p>本文です。</p>",
        at=datetime.now(UTC),
        site_url="http://127.0.0.1:8000",
    )
    with session(server) as way:
        hand_over(way, message, "tsunagu@example.com", "sato@example.com")


def at(smtp: SmtpServer, security: Security = Security.NONE, user: str = "", password: str = "") -> Server:
    return Server(host="127.0.0.1", port=smtp.port, security=security, user=user, password=password)


def refusal(server: Server, smtp: SmtpServer) -> str:
    with pytest.raises(MailRefused) as caught:
        send(server, smtp)
    return caught.value.message


@contextmanager
def answering(*lines: bytes) -> Iterator[int]:
    """A port that says these lines, one to each line it hears, then breaks off."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener.accept()[0] as heard:
            for line in lines:
                heard.sendall(line)
                if line:
                    heard.recv(4096)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.close()
    thread.join(5)


def test_r30_a_mail_is_plain_ascii_on_its_way_and_reads_as_it_was_written(smtp: SmtpServer) -> None:
    send(at(smtp), smtp, subject="【つなぐ】要対応：Salesforce との接続が切れています。" * 3)
    (message,) = smtp.taken
    assert message.as_bytes().isascii()
    assert str(message["Subject"]).count("接続が切れています") == 3
    assert [one.get_content_type() for one in message.iter_parts()] == ["text/plain", "text/html"]
    assert part(message, "plain").startswith("本文です。本文です。")


def test_r30_starttls_with_a_login(smtp_servers: Servers, trusted: Certificate) -> None:
    smtp = with_login(smtp_servers, tls_context=trusted.context(), require_starttls=True)
    send(at(smtp, Security.STARTTLS, USER, PASSWORD), smtp)
    assert len(smtp.taken) == 1
    assert smtp.logins == [USER]


def test_r30_tls_from_the_first_byte_with_a_login(smtp_servers: Servers, trusted: Certificate) -> None:
    smtp = with_login(smtp_servers, tls=trusted.context(), auth_require_tls=False)
    send(at(smtp, Security.TLS, USER, PASSWORD), smtp)
    assert len(smtp.taken) == 1


def test_r30_a_wrong_password_is_said_without_the_password(smtp_servers: Servers) -> None:
    smtp = with_login(smtp_servers, auth_require_tls=False)
    said = refusal(at(smtp, user=USER, password="not the password"), smtp)
    assert said == "The server refuses the user name or the password: 535 5.7.8 Authentication credentials invalid"
    assert smtp.logins == [USER]
    assert "not the password" not in repr(at(smtp, user=USER, password="not the password"))


def test_r30_a_certificate_that_is_not_trusted_gets_no_password(
    smtp_servers: Servers, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    for security, how in ((Security.TLS, {"tls": certificate.context()}), (Security.STARTTLS, {})):
        smtp = with_login(smtp_servers, tls_context=certificate.context() if not how else None, **how)
        said = refusal(at(smtp, security, USER, PASSWORD), smtp)
        assert said.startswith("The server's certificate is not trusted: self-signed certificate")
        assert smtp.logins == []


def test_r30_a_server_without_starttls_gets_no_password(smtp_servers: Servers) -> None:
    smtp = with_login(smtp_servers, auth_require_tls=False)
    said = refusal(at(smtp, Security.STARTTLS, USER, PASSWORD), smtp)
    assert said == "The server does not offer STARTTLS at this port. Choose another encryption."
    assert smtp.logins == []


def test_r30_tls_at_a_port_without(smtp: SmtpServer) -> None:
    assert refusal(at(smtp, Security.TLS), smtp).startswith("The server speaks no TLS at this port.")


def test_r30_a_login_where_none_is_offered(smtp: SmtpServer) -> None:
    assert refusal(at(smtp, user=USER, password=PASSWORD), smtp).startswith("The server offers no login at this port.")


def test_r30_a_password_that_is_not_ascii(smtp_servers: Servers) -> None:
    smtp = with_login(smtp_servers, auth_require_tls=False)
    said = refusal(at(smtp, user=USER, password="パスワード"), smtp)
    assert said == "User name and password may only hold ASCII characters."


def test_r30_nobody_at_the_port(smtp: SmtpServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    said = refusal(Server(host="127.0.0.1", port=port, security=Security.NONE), smtp)
    assert said.startswith(f"Nothing answers at 127.0.0.1, port {port}.")


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".example.com"])
def test_r30_a_name_nobody_has(smtp: SmtpServer, host: str) -> None:
    said = refusal(Server(host=host, port=25, security=Security.NONE), smtp)
    assert said == f"No server is called {host}. Check the name."


def test_r30_a_server_that_says_nothing(smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = Server(host="127.0.0.1", port=silent.getsockname()[1], security=Security.NONE)
        assert refusal(server, smtp).startswith("The server did not answer within")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((b"554 5.7.1 you are blocked\r\n",), "The server refuses the connection: 554 5.7.1 you are blocked"),
        ((b"",), "The server broke off the connection. Check the port and the encryption."),
        ((b"220 hello\r\n", b""), "The server broke off the connection. Check the port and the encryption."),
        (
            (b"220 hello\r\n", b"550 no greeting\r\n", b"550 no greeting\r\n"),
            "The server refuses the connection: 550 no greeting",
        ),
    ],
)
def test_r30_a_server_that_breaks_off(smtp: SmtpServer, lines: tuple[bytes, ...], said: str) -> None:
    with answering(*lines) as port:
        assert refusal(Server(host="127.0.0.1", port=port, security=Security.NONE), smtp) == said


@pytest.mark.parametrize(
    ("who", "reply", "said", "for_good"),
    [
        ("", "550 5.7.1 not yours", "The server does not let this sender address send: 550 5.7.1 not yours", False),
        ("sato@example.com", "550 5.1.1 unknown", "The server refuses the recipient: 550 5.1.1 unknown", True),
        ("sato@example.com", "450 4.2.0 greylisted", "The server refuses the recipient: 450 4.2.0 greylisted", False),
    ],
)
def test_r30_who_is_refused_is_said(smtp: SmtpServer, who: str, reply: str, said: str, for_good: bool) -> None:
    smtp.refuses[who] = reply
    with pytest.raises(MailRefused) as caught:
        send(at(smtp), smtp)
    assert caught.value.message == said
    assert caught.value.for_good is for_good


@pytest.mark.parametrize("code", [452, 554])
def test_r30_a_mail_that_is_refused(smtp: SmtpServer, code: int) -> None:
    smtp.reply = f"{code} not this one"
    with pytest.raises(MailRefused) as caught:
        send(at(smtp), smtp)
    assert caught.value.message == f"The server refuses the mail: {code} not this one"
    assert caught.value.for_good is (code == 554)


def test_r30_nothing_can_begin_another_header(smtp: SmtpServer) -> None:
    with pytest.raises(ValueError, match="linefeed"):
        send(at(smtp), smtp, subject="Hello\r\nBcc: victim@example.com")
    assert smtp.taken == []


@pytest.mark.parametrize("challenges", [(b"334 abc\r\n",), (b"334 VXNlcm5hbWU6\r\n", b"334 a\r\n")])
def test_r30_a_login_that_cannot_be_understood(smtp: SmtpServer, challenges: tuple[bytes, ...]) -> None:
    """A challenge that is no base64: told in a sentence, and no end of the thread that sends the mails."""
    greeting = (b"220 hello\r\n", b"250-hello\r\n250 AUTH LOGIN\r\n")
    with answering(*greeting, *challenges) as port:
        server = Server(host="127.0.0.1", port=port, security=Security.NONE, user=USER, password=PASSWORD)
        assert refusal(server, smtp) == "The server’s login cannot be understood. Check the port and the encryption."
