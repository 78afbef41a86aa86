"""Hands mails to an SMTP server, and says in a sentence what it refused."""

from __future__ import annotations

import binascii
import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from typing import Any

from host.domain.visible_text import visible_line
from host.mail.settings import Security, Server
from host.sentences import Sentence

TIMEOUT_SECONDS = 10.0  # for each answer of the server
LONGEST_REPLY = 300
FOR_GOOD = range(500, 600)


class MailRefused(Exception):
    """A mail could not be handed over. `message` says why; `for_good`: the same mail will never be taken."""

    def __init__(self, message: Sentence, *, for_good: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.for_good = for_good


@contextmanager
def session(server: Server) -> Iterator[smtplib.SMTP]:
    """A way into the server, encrypted and logged in as set.

    Raises:
        MailRefused: there is none now.
    """
    smtp = _connected(server)
    try:
        if server.security is Security.STARTTLS:
            _encrypt(smtp)
        if server.user:
            _log_in(smtp, server)
        _greet(smtp)
        yield smtp
        with suppress(smtplib.SMTPException, OSError):  # what was to be said is said
            smtp.quit()
    finally:
        smtp.close()


def hand_over(smtp: smtplib.SMTP, message: EmailMessage, sender: str, recipient: str) -> None:
    """Give one mail for one recipient to the server.

    Raises:
        MailRefused: it did not take it.
    """
    try:
        smtp.send_message(message, from_addr=sender, to_addrs=[recipient])
    except smtplib.SMTPSenderRefused as refused:
        reply = _reply(refused.smtp_code, refused.smtp_error)
        raise MailRefused(Sentence("The server does not let this sender address send: %(reply)s", reply=reply)) from None
    except smtplib.SMTPRecipientsRefused as refused:
        code, words = refused.recipients[recipient]
        said = Sentence("The server refuses the recipient: %(reply)s", reply=_reply(code, words))
        raise MailRefused(said, for_good=code in FOR_GOOD) from None
    except smtplib.SMTPResponseException as refused:
        said = Sentence("The server refuses the mail: %(reply)s", reply=_reply(refused.smtp_code, refused.smtp_error))
        raise MailRefused(said, for_good=refused.smtp_code in FOR_GOOD) from None
    except (smtplib.SMTPException, OSError) as problem:
        raise _broken_off(problem) from None


def _connected(server: Server) -> smtplib.SMTP:
    try:
        if server.security is Security.TLS:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
        return smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    except ssl.SSLError as problem:
        raise _tls_failed(problem) from None
    except (socket.gaierror, UnicodeError):
        raise MailRefused(Sentence("No server is called %(host)s. Check the name.", host=server.host)) from None
    except ConnectionRefusedError:
        raise MailRefused(
            Sentence(
                "Nothing answers at %(host)s, port %(port)s. Check both, and whether a firewall is in between.",
                host=server.host,
                port=str(server.port),
            )
        ) from None
    except (smtplib.SMTPException, OSError) as problem:
        raise _broken_off(problem) from None


def _encrypt(smtp: smtplib.SMTP) -> None:
    try:
        smtp.starttls(context=ssl.create_default_context())
    except smtplib.SMTPNotSupportedError:
        raise MailRefused(Sentence("The server does not offer STARTTLS at this port. Choose another encryption.")) from None
    except smtplib.SMTPResponseException as refused:
        said = Sentence("The server refuses STARTTLS: %(reply)s", reply=_reply(refused.smtp_code, refused.smtp_error))
        raise MailRefused(said) from None
    except ssl.SSLError as problem:
        raise _tls_failed(problem) from None
    except (smtplib.SMTPException, OSError) as problem:
        raise _broken_off(problem) from None


def _greet(smtp: smtplib.SMTP) -> None:
    try:
        smtp.ehlo_or_helo_if_needed()
    except (smtplib.SMTPException, OSError) as problem:
        raise _broken_off(problem) from None


def _log_in(smtp: smtplib.SMTP, server: Server) -> None:
    """By the first way of three that the server offers, once: some lock a user out after a few wrong passwords."""
    _greet(smtp)
    ways: Mapping[str, Any] = {"PLAIN": smtp.auth_plain, "LOGIN": smtp.auth_login, "CRAM-MD5": smtp.auth_cram_md5}
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    way = next((name for name in ways if name in offered), None)
    if way is None:
        raise MailRefused(Sentence("The server offers no login at this port. Leave the user name empty."))
    smtp.user, smtp.password = server.user, server.password
    try:
        smtp.auth(way, ways[way])
    except smtplib.SMTPAuthenticationError as refused:
        reply = _reply(refused.smtp_code, refused.smtp_error)
        raise MailRefused(Sentence("The server refuses the user name or the password: %(reply)s", reply=reply)) from None
    except UnicodeError:
        raise MailRefused(Sentence("User name and password may only hold ASCII characters.")) from None
    except binascii.Error:
        raise MailRefused(Sentence("The server’s login cannot be understood. Check the port and the encryption.")) from None
    except (smtplib.SMTPException, OSError) as problem:
        raise _broken_off(problem) from None


def _tls_failed(problem: ssl.SSLError) -> MailRefused:
    if isinstance(problem, ssl.SSLCertVerificationError):
        reason = problem.verify_message.rstrip(".")
        return MailRefused(Sentence("The server's certificate is not trusted: %(reason)s.", reason=reason))
    return MailRefused(Sentence("The server speaks no TLS at this port. Choose another encryption, or another port."))


def _broken_off(problem: Exception) -> MailRefused:
    if isinstance(problem, TimeoutError) or isinstance(problem.__context__, TimeoutError):
        return MailRefused(Sentence("The server did not answer within %(seconds)s seconds.", seconds=int(TIMEOUT_SECONDS)))
    if isinstance(problem, smtplib.SMTPResponseException):
        said = _reply(problem.smtp_code, problem.smtp_error)
        return MailRefused(Sentence("The server refuses the connection: %(reply)s", reply=said))
    if isinstance(problem, smtplib.SMTPServerDisconnected):
        return MailRefused(Sentence("The server broke off the connection. Check the port and the encryption."))
    return MailRefused(Sentence("The server cannot be reached: %(reason)s", reason=_line(str(problem))))


def _reply(code: int, reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return _line(f"{code} {text}")


def _line(text: str) -> str:
    return visible_line(text)[:LONGEST_REPLY]
