"""Makes what a plugin said fit to be stored in either database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from host.sentences import MARK, Sentence, written

LONGEST = 4000
MOST_API_CALLS = 1_000_000


def storable(text: str) -> str:
    """The text without what a database refuses (NUL, lone surrogates), at most `LONGEST` characters.

    A Sentence with values is written with its mark, to be `read` again; one that does not fit becomes its English text.
    """
    plain = text.lstrip(MARK[0])[:LONGEST].replace("\0", "").encode("utf-8", "replace").decode()
    if not (isinstance(text, Sentence) and text.values and plain == text):
        return plain
    marked = written(text).encode("utf-8", "replace").decode()
    return marked if len(marked) <= LONGEST else plain


def storable_json(value: Any) -> Any:
    """The value as plain JSON: times in ISO 8601, texts storable, anything unknown by its text."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {storable(str(name)): storable_json(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [storable_json(inner) for inner in value]
    return storable(value if isinstance(value, str) else str(value))


def storable_count(count: int) -> int:
    """API calls spent, kept within reason."""
    return max(0, min(count, MOST_API_CALLS))
