"""What an admin does with the mail settings: save them, and try them with a test mail (R30)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from smtplib import SMTP
from uuid import uuid4

from sqlalchemy import Connection

from host.domain.telling import DigestEvery
from host.mail.digest import begin_digests
from host.mail.envelope import enveloped
from host.mail.letter import Letter
from host.mail.outbox import try_all_now
from host.mail.postman import letters_of
from host.mail.settings import MailSettings, Server, read_password, read_settings, write_settings
from host.mail.smtp import MailRefused, hand_over, session
from host.security.sealing import SealBroken
from host.sentences import Sentence
from host.services import Services
from host.storage.operations import log_operation

AREA = "mail"


class PasswordMissing(Exception):
    """The stored password was given for another server, user or encryption: it is not sent there unasked."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of the test mail to one recipient; `refused` is "" if the server took it."""

    recipient: str
    refused: str = ""


def mail_settings(services: Services) -> MailSettings:
    with services.database.reading() as connection:
        return read_settings(connection, services.config.language)


def save_mail_settings(services: Services, settings: MailSettings, password: str, *, by: str) -> None:
    """Store them, and let the mails that wait go at once. `password`: "" keeps the stored one.

    Raises:
        PasswordMissing: nothing was written.
    """
    now = services.clock()
    with services.database.writing() as connection:
        before = read_settings(connection, services.config.language)
        _check_kept(before, settings, password)
        write_settings(connection, settings, services.sealer.seal(password) if password else None)
        if _digests(settings) and not _digests(before):
            begin_digests(connection, now)
        try_all_now(connection, now)
        detail = {**_logged(settings), "password": "changed" if password else "kept"}
        log_operation(connection, at=now, actor=by, area=AREA, action="edited", detail=detail)


def send_test(services: Services, settings: MailSettings, password: str) -> Sequence[Tried]:
    """Send a test mail to each recipient now, with settings that need not be saved.

    Raises:
        PasswordMissing: nothing was sent.
        MailRefused: there is no way into the server.
    """
    with services.database.reading() as connection:
        server = _server(services, connection, settings, password)
    letter = letters_of(services, settings.language).test(services.clock())
    with session(server) as smtp:
        return [_tried(services, settings, letter, smtp, recipient) for recipient in settings.recipients]


def _tried(services: Services, settings: MailSettings, letter: Letter, smtp: SMTP, recipient: str) -> Tried:
    message = enveloped(
        settings,
        key=f"tsunagu-test-{uuid4().hex}",
        recipient=recipient,
        subject=letter.one_line_subject,
        text=letter.as_text(),
        html=letter.as_html(),
        at=services.clock(),
        site_url=services.config.url,
    )
    try:
        hand_over(smtp, message, settings.sender, recipient)
    except MailRefused as refused:
        return Tried(recipient, refused.message)
    return Tried(recipient)


def _server(services: Services, connection: Connection, settings: MailSettings, password: str) -> Server:
    if password or not settings.server.user:
        return settings.server.with_password(password)
    _check_kept(read_settings(connection, services.config.language), settings, password)
    try:
        return settings.server.with_password(read_password(connection, services.sealer))
    except SealBroken as broken:
        raise MailRefused(Sentence(str(broken))) from None


def _check_kept(before: MailSettings, settings: MailSettings, password: str) -> None:
    if settings.server.user and not password and settings.server != before.server:
        raise PasswordMissing


def _digests(settings: MailSettings) -> bool:
    return settings.complete and settings.digest is not DigestEvery.OFF


def _logged(settings: MailSettings) -> dict[str, object]:
    server = settings.server
    return {
        "server": server.host,
        "port": server.port,
        "encryption": server.security,
        "recipients": len(settings.recipients),
        "language": settings.language,
        "digest": settings.digest,
    }
