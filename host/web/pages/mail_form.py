"""The form of the mail settings: read, checked, and turned into settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError, fields, validates_schema

from host.config import LANGUAGES
from host.domain.telling import DigestEvery
from host.mail.addresses import MOST_RECIPIENTS, is_address, is_host, listed
from host.mail.settings import MailSettings, Security, Server
from host.web.pages.forms import FormSchema, at_most, one_of, secret_text, text

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_PORTS = range(1, 65536)


def _host(value: str) -> None:
    if value and not is_host(value):
        raise ValidationError(_("Enter the name of a server, such as smtp.example.com."))


def _port(value: str) -> None:
    if not (value.isascii() and value.isdigit() and len(value) < 6 and int(value) in _PORTS):
        raise ValidationError(_("Enter a number from 1 to 65535."))


def _clock(value: str) -> None:
    if not _CLOCK.fullmatch(value):
        raise ValidationError(_("Enter a time such as 09:00."))


def _address(value: str) -> None:
    if value and not is_address(value):
        raise ValidationError(_("This is no e-mail address."))


class Addresses(fields.Field[tuple[str, ...]]):
    """E-mail addresses, one a line."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> tuple[str, ...]:
        found = listed(str(value))
        for address in found:
            if not is_address(address):
                raise ValidationError(_("%(address)s is no e-mail address.", address=address[:100]))
        if len(found) > MOST_RECIPIENTS:
            raise ValidationError(_("At most %(count)s addresses. Use a mailing list for more.", count=MOST_RECIPIENTS))
        return found


class MailForm(FormSchema):
    """What is saved: without a server nothing is sent; with one, a sender is needed."""

    host = text(at_most(253), _host)
    port = text(_port)
    security = text(one_of(*Security))
    user = text(at_most(254))
    password = secret_text(at_most(500))
    sender = text(at_most(254), _address)
    sender_name = text(at_most(100))
    recipients = Addresses(load_default=())
    language = text(one_of(*LANGUAGES))
    digest = text(one_of(*DigestEvery))
    digest_at = text(_clock)

    needed: tuple[str, ...] = ("host", "sender")
    always: bool = False

    @validates_schema
    def _whole(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        missing = [name for name in self.needed if not data[name]]
        if missing and (self.always or len(missing) < len(self.needed)):
            raise ValidationError({name: [_("Fill this in.")] for name in missing})


class TrialForm(MailForm):
    """What a test mail needs: somebody who gets it, too."""

    needed = ("host", "sender", "recipients")
    always = True


def settings_from(values: Mapping[str, Any]) -> MailSettings:
    """The settings of a form that is valid; the password goes apart."""
    server = Server(
        host=values["host"], port=int(values["port"]), security=Security(values["security"]), user=values["user"]
    )
    return MailSettings(
        server=server,
        sender=values["sender"],
        sender_name=values["sender_name"],
        recipients=values["recipients"],
        language=values["language"],
        digest=DigestEvery(values["digest"]),
        digest_at=time.fromisoformat(values["digest_at"]),
    )


def typed_from(settings: MailSettings) -> dict[str, Any]:
    """The form's fields as they stand."""
    server = settings.server
    return {
        "host": server.host,
        "port": server.port,
        "security": server.security.value,
        "user": server.user,
        "sender": settings.sender,
        "sender_name": settings.sender_name,
        "recipients": "\n".join(settings.recipients),
        "language": settings.language,
        "digest": settings.digest.value,
        "digest_at": settings.digest_at.isoformat("minutes"),
    }
