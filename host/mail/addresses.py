"""What may be typed as an e-mail address or a server's name: nothing that could begin another line or command."""

from __future__ import annotations

import re

from marshmallow import ValidationError
from marshmallow.validate import Email

LONGEST_ADDRESS = 254
MOST_RECIPIENTS = 20
_HOST = re.compile(r"(?=.{1,253}\Z)(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?|[0-9A-Fa-f:.]{2,45}")
_QUOTED = re.compile(r'[\s"\\<>,;:()]')


def is_address(text: str) -> bool:
    """Whether it is an address that every server takes: ASCII, as most servers take no other, and unquoted."""
    if len(text) > LONGEST_ADDRESS or not text.isascii() or not text.isprintable() or _QUOTED.search(text):
        return False
    try:
        Email()(text)
    except ValidationError:
        return False
    return True


def is_host(text: str) -> bool:
    """Whether it can be the name or the IP address of a server."""
    return _HOST.fullmatch(text) is not None


def listed(text: str) -> tuple[str, ...]:
    """The addresses that were typed one a line, each once, however it is written."""
    first: dict[str, str] = {}
    for line in re.split(r"[\r\n,;]+", text):
        if address := line.strip():
            first.setdefault(address.casefold(), address)
    return tuple(first.values())
