"""Puts a mail into its envelope: headers, text and HTML, in ASCII as any server takes it."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import urlsplit

from host.mail.settings import MailSettings

_POLICY = SMTP.clone(cte_type="7bit")


def enveloped(
    settings: MailSettings, *, key: str, recipient: str, subject: str, text: str, html: str, at: datetime, site_url: str
) -> EmailMessage:
    """The mail as it goes to the server.

    Args:
        key: what it is known by for ever: a mail that is sent twice has the same Message-ID, and readers fold the two.
        at: when it was written (UTC).
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(settings.sender_name, addr_spec=settings.sender)
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{key}@{_domain(settings.sender, site_url)}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message


def _domain(sender: str, site_url: str) -> str:
    host = urlsplit(site_url).hostname or ""
    return host if host.isascii() and ":" not in host and "." in host.strip("0123456789.") else sender.rpartition("@")[2]
