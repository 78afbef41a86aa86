"""The place in the list where the next page of the REST API begins, as text that a client hands back."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """Behind the entry with this order text and id."""

    sort_text: str
    id: int


def write_cursor(position: Position) -> str:
    return base64.urlsafe_b64encode(json.dumps([position.sort_text, position.id]).encode()).decode()


def read_cursor(text: str) -> Position:
    """The position a cursor stands for.

    Raises:
        ValueError: it is none of ours.
    """
    try:
        sort_text, entry_id = json.loads(base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True))
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError("unreadable cursor") from error
    if not isinstance(sort_text, str) or type(entry_id) is not int or not 0 <= entry_id < 2**31:
        raise ValueError("unreadable cursor")
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in sort_text):
        raise ValueError("unreadable cursor")
    return Position(sort_text, entry_id)
