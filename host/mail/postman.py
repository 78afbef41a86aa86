"""What a worker does for mails: write those that are owed, send those that are due, forget the old ones (R30)."""

from __future__ import annotations

from threading import Event

import structlog
from sqlalchemy.exc import SQLAlchemyError

from host.delivery.membership import Membership
from host.mail.digest import due_turn, tell_digest
from host.mail.envelope import enveloped
from host.mail.letters import Letters
from host.mail.outbox import Mail, anything_due, claim, forget_old, settle_refused, settle_sent
from host.mail.owed import Owed, forget_settled, owed_now, settle_unheard, tell
from host.mail.settings import MailSettings, Server, read_password, read_settings
from host.mail.smtp import MailRefused, hand_over, session
from host.mail.words import Words
from host.registry.switches import enabled_among
from host.security.sealing import SealBroken
from host.sentences import Sentence
from host.services import Services

LOOK_SECONDS = 1.0
FORGET_EVERY = 3600  # looks: once an hour

log = structlog.get_logger(__name__)


class Postman:
    """The mails of one worker; several workers may do so at once. Ends with its worker."""

    def __init__(self, services: Services, membership: Membership) -> None:
        self._services = services
        self._membership = membership
        self._over = Event()

    def run(self, over: Event) -> None:
        """Look for mails until `over`."""
        self._over = over
        looks = 0
        while not over.wait(LOOK_SECONDS):
            try:
                self.look()
                if looks % FORGET_EVERY == 0:
                    self.forget()
            except SQLAlchemyError as error:
                log.warning("looking for mails failed", error=type(error).__name__)
            looks += 1

    def look(self) -> None:
        """Write what is owed, then send what is due."""
        with self._services.database.reading() as connection:
            settings = read_settings(connection, self._services.config.language)
        self._write(settings)
        if settings.complete:
            self._send_due(settings)

    def forget(self) -> None:
        """Delete mails and alarms that are old."""
        now = self._services.clock()
        with self._services.database.writing() as connection:
            forget_old(connection, now)
            forget_settled(connection, now)

    def _write(self, settings: MailSettings) -> None:
        """Mostly there is nothing, and no lock is needed to see that."""
        site = self._services
        with site.database.reading() as connection:
            enabled = [plugin.name for plugin in enabled_among(connection, site.registry.loaded)]
            owed = owed_now(connection, enabled, site.clock(), site.config.timezone)
            digest = due_turn(connection, settings, site)
        if not settings.complete:
            self._tell_nobody(owed)
            return
        letters = letters_of(site, settings.language)
        for one in owed:
            with site.database.writing() as connection:
                tell(connection, one, letters, settings.recipients, site.clock())
        if digest:
            with site.database.writing() as connection:
                tell_digest(connection, settings, letters, site)

    def _tell_nobody(self, owed: list[Owed]) -> None:
        if any(one.row.cleared_at for one in owed):
            with self._services.database.writing() as connection:
                settle_unheard(connection)

    def _send_due(self, settings: MailSettings) -> None:
        while not self._over.is_set() and (mail := self._next()):
            self._send(settings, mail)

    def _next(self) -> Mail | None:
        now = self._services.clock()
        with self._services.database.reading() as connection:
            if not anything_due(connection, now):
                return None
        with self._services.database.writing() as connection:
            return claim(connection, self._membership.worker, now, lambda one: self._membership.lives(connection, one))

    def _send(self, settings: MailSettings, mail: Mail) -> None:
        try:
            self._hand_over(settings, mail)
        except MailRefused as refused:
            self._refused(mail, refused)
            return
        with self._services.database.writing() as connection:
            settle_sent(connection, mail, self._membership.worker, self._services.clock())
        log.info("mail sent", mail=mail.id, kind=mail.kind, attempt=mail.attempts)

    def _hand_over(self, settings: MailSettings, mail: Mail) -> None:
        message = enveloped(
            settings,
            key=mail.key,
            recipient=mail.recipient,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            at=mail.created_at,
            site_url=self._services.config.url,
        )
        with session(self._server(settings)) as smtp:
            hand_over(smtp, message, settings.sender, mail.recipient)

    def _server(self, settings: MailSettings) -> Server:
        try:
            with self._services.database.reading() as connection:
                password = read_password(connection, self._services.sealer)
        except SealBroken as broken:
            raise MailRefused(Sentence(str(broken))) from None
        return settings.server.with_password(password)

    def _refused(self, mail: Mail, refused: MailRefused) -> None:
        now, worker = self._services.clock(), self._membership.worker
        with self._services.database.writing() as connection:
            settle_refused(connection, mail, worker, now, refused.message, for_good=refused.for_good)
        log.warning("mail not sent", mail=mail.id, kind=mail.kind, attempt=mail.attempts, for_good=refused.for_good)


def letters_of(services: Services, language: str) -> Letters:
    """Who writes this site's letters in this language."""
    config = services.config
    return Letters(Words(language, services.registry, config.timezone), config.site_name, config.url)
