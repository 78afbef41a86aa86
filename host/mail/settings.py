"""The mail settings: the SMTP server, who is told, in which language, how often. Rows among the plugins' settings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, select

from host.domain.telling import DigestEvery
from host.security.sealing import Sealer
from host.storage.plugin_tables import plugin_secrets, plugin_settings
from host.storage.upsert import upsert

OWNER = "host:mail"
"""Whose rows these are: no plugin can be called so. As a plugin's secret, the password is sealed anew with a new key."""
SETTINGS, PASSWORD, DIGESTED = "settings", "password", "digested"


class Security(StrEnum):
    """How the way to the server is encrypted."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An SMTP server and how to log in there; without a user nobody logs in."""

    host: str
    port: int = 587
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)

    def with_password(self, password: str) -> Server:
        return replace(self, password=password)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """What an admin set; the server without its password. `digest_at`: the time of a daily digest, in the site's zone."""

    server: Server = field(default_factory=lambda: Server(host=""))
    sender: str = ""
    sender_name: str = ""
    recipients: tuple[str, ...] = ()
    language: str
    digest: DigestEvery = DigestEvery.DAILY
    digest_at: time = time(9)

    @property
    def complete(self) -> bool:
        """Whether mails can be sent, and to somebody."""
        return bool(self.server.host and self.sender and self.recipients)


def read_settings(connection: Connection, language: str) -> MailSettings:
    """The settings as they are. `language`: that of the site, where none was set."""
    stored = _value(connection, SETTINGS)
    return _from_json(stored) if stored else MailSettings(language=language)


def write_settings(connection: Connection, settings: MailSettings, sealed_password: str | None) -> None:
    """Store them. `sealed_password` replaces the stored one; None leaves it, without a user it is forgotten."""
    _put(connection, SETTINGS, _to_json(settings))
    mine = (plugin_secrets.c.plugin == OWNER, plugin_secrets.c.name == PASSWORD)
    if not settings.server.user:
        connection.execute(delete(plugin_secrets).where(*mine))
    elif sealed_password is not None:
        upsert(connection, plugin_secrets, {"plugin": OWNER, "name": PASSWORD}, {"sealed": sealed_password})


def has_password(connection: Connection) -> bool:
    return _sealed(connection) is not None


def read_password(connection: Connection, sealer: Sealer) -> str:
    """The password; "" if there is none.

    Raises:
        SealBroken: it was sealed with a key that this installation does not have.
    """
    sealed = _sealed(connection)
    return sealer.open(sealed) if sealed else ""


@dataclass(frozen=True, slots=True)
class Digested:
    """How far digests have come: the planned moment of the last one, and up to when it told what happened (UTC)."""

    slot: datetime
    until: datetime


def read_digested(connection: Connection, *, lock: bool = False) -> Digested | None:
    """None before digests were begun. `lock`: nobody else reads it so until the transaction ends."""
    stored = _value(connection, DIGESTED, lock=lock)
    return Digested(*(datetime.fromisoformat(stored[name]) for name in ("slot", "until"))) if stored else None


def write_digested(connection: Connection, digested: Digested) -> None:
    _put(connection, DIGESTED, {"slot": digested.slot.isoformat(), "until": digested.until.isoformat()})


def _value(connection: Connection, name: str, *, lock: bool = False) -> Any:
    query = select(plugin_settings.c.value).where(plugin_settings.c.plugin == OWNER, plugin_settings.c.name == name)
    return connection.execute(query.with_for_update() if lock else query).scalar_one_or_none()


def _put(connection: Connection, name: str, value: Any) -> None:
    upsert(connection, plugin_settings, {"plugin": OWNER, "name": name}, {"value": value})


def _sealed(connection: Connection) -> str | None:
    mine = (plugin_secrets.c.plugin == OWNER, plugin_secrets.c.name == PASSWORD)
    return connection.execute(select(plugin_secrets.c.sealed).where(*mine)).scalar_one_or_none()


def _to_json(settings: MailSettings) -> dict[str, Any]:
    server = settings.server
    return {
        "server": {"host": server.host, "port": server.port, "security": server.security, "user": server.user},
        "sender": settings.sender,
        "sender_name": settings.sender_name,
        "recipients": list(settings.recipients),
        "language": settings.language,
        "digest": settings.digest,
        "digest_at": settings.digest_at.isoformat("minutes"),
    }


def _from_json(stored: Any) -> MailSettings:
    server = stored["server"]
    return MailSettings(
        server=Server(**{**server, "security": Security(server["security"])}),
        sender=stored["sender"],
        sender_name=stored["sender_name"],
        recipients=tuple(stored["recipients"]),
        language=stored["language"],
        digest=DigestEvery(stored["digest"]),
        digest_at=time.fromisoformat(stored["digest_at"]),
    )
