"""A real SMTP server on a port of its own, and a site whose worker's postman is called by hand."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import select
from standing_clock import NOON_IN_TOKYO, Clock

from host.config import Config
from host.delivery.membership import Membership
from host.domain.telling import DigestEvery
from host.mail.administration import save_mail_settings
from host.mail.postman import Postman
from host.mail.settings import MailSettings, Security, Server
from host.plugin_api import Alarms
from host.services import Services, build_services
from host.storage.alarm_tables import mails

ADMIN = "admin@example.com"
NOW = NOON_IN_TOKYO
USER, PASSWORD = "tsunagu", "p4ss word"


@dataclass
class SmtpServer:
    """What the server took, and what it is told to refuse: replies by recipient, or "" for whoever sends."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    logins: list[str] = field(default_factory=list)
    reply: str = "250 taken"
    on_data: Callable[[], None] = lambda: None

    async def handle_RCPT(self, _smtp: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_MAIL(self, _smtp: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802
        if "" in self.refuses:
            return self.refuses[""]
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, _smtp: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.on_data()
        if self.reply.startswith("250"):
            self.taken.append(message_from_bytes(envelope.content, policy=SMTP_POLICY))  # type: ignore[arg-type]
        return self.reply

    @property
    def subjects(self) -> list[str]:
        return [str(message["Subject"]) for message in self.taken]


@dataclass(frozen=True)
class Certificate:
    """Of 127.0.0.1, by itself."""

    file: Path

    def context(self) -> ssl.SSLContext:
        made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        made.load_cert_chain(self.file)
        return made


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = tmp_path_factory.mktemp("smtp") / "both.pem"
    file.write_bytes(private + made.public_bytes(encoding))
    return Certificate(file)


@pytest.fixture
def smtp_servers() -> Iterator[Callable[..., SmtpServer]]:
    """Starts servers; `tls` speaks TLS at once, `more` are arguments of aiosmtpd's SMTP."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    opened: list[asyncio.Server] = []

    def start(*, tls: ssl.SSLContext | None = None, **more: Any) -> SmtpServer:
        server = SmtpServer()
        made = loop.create_server(lambda: SMTP(server, loop=loop, **more), "127.0.0.1", 0, ssl=tls)
        opened.append(asyncio.run_coroutine_threadsafe(made, loop).result(10))
        server.port = opened[-1].sockets[0].getsockname()[1]
        return server

    yield start
    for one in opened:
        loop.call_soon_threadsafe(one.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def smtp(smtp_servers: Callable[..., SmtpServer]) -> SmtpServer:
    """One that asks for nothing."""
    return smtp_servers()


@dataclass
class Mailing:
    """A site with mail settings. `look` does what a worker's postman does every second."""

    services: Services
    clock: Clock
    postman: Postman
    smtp: SmtpServer

    @property
    def alarms(self) -> Alarms:
        return self.services.registry.context("salesforce").alarms

    def set_up(self, **changes: Any) -> MailSettings:
        """Save settings for the server."""
        settings = settings_for(self.smtp, **changes)
        save_mail_settings(self.services, settings, "", by=ADMIN)
        return settings

    def look(self) -> list[EmailMessage]:
        """The mails the server took by it."""
        before = len(self.smtp.taken)
        self.postman.look()
        return self.smtp.taken[before:]

    def rows(self) -> list[Any]:
        with self.services.database.reading() as connection:
            return list(connection.execute(select(mails).order_by(mails.c.id)))


def settings_for(smtp: SmtpServer, **changes: Any) -> MailSettings:
    values: dict[str, Any] = {
        "server": Server(host="127.0.0.1", port=smtp.port, security=Security.NONE),
        "sender": "tsunagu@example.com",
        "sender_name": "つなぐ",
        "recipients": ("sato@example.com",),
        "language": "en",
        "digest": DigestEvery.HOURLY,
    }
    return MailSettings(**values | changes)


@pytest.fixture
def mailing(database_url: str, smtp: SmtpServer) -> Iterator[Mailing]:
    """On SQLite and on PostgreSQL; mails go to `smtp`."""
    clock = Clock()
    config = Config(
        database_url=database_url,
        secret_key="s" * 40,
        encryption_keys=(Fernet.generate_key().decode(),),
        url="https://tsunagu.example.com",
    )
    services = build_services(config, clock=clock)
    membership = Membership(services.database, "worker-1", 15.0)
    membership.join()
    made = Mailing(services, clock, Postman(services, membership), smtp)
    made.set_up()
    yield made
    services.database.engine.dispose()


def with_login(smtp_servers: Callable[..., SmtpServer], **more: Any) -> SmtpServer:
    """A server that takes mails from USER only."""
    logins: list[str] = []

    def check(_smtp: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
        logins.append(login.login.decode())
        right = (login.login.decode(), login.password.decode()) == (USER, PASSWORD)
        return AuthResult(success=right, handled=False)

    smtp = smtp_servers(auth_required=True, authenticator=check, **more)
    smtp.logins = logins
    return smtp


def part(message: EmailMessage, kind: str) -> str:
    """The text ("plain") or the HTML ("html") of a mail."""
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")
