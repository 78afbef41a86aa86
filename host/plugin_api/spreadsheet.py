"""Files for spreadsheet programs: cells are shown as they are, no formula is run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

BYTE_ORDER_MARK = "\ufeff"
"""Goes before the first line: by it Excel knows that a file is UTF-8."""

GUARD = "'"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def guarded(text: str) -> str:
    """A text that cannot be taken for a formula: an apostrophe goes before a sign that would begin one."""
    begins_formula = text.lstrip(GUARD).startswith(_FORMULA_STARTS)
    return GUARD + text if begins_formula else text


def unguarded(text: str) -> str:
    """The text that `guarded` wrote."""
    is_guarded = text.startswith(GUARD) and text.lstrip(GUARD).startswith(_FORMULA_STARTS)
    return text[1:] if is_guarded else text


def csv_lines(rows: Iterable[Sequence[str]]) -> str:
    """The rows as lines of CSV. What people or other systems wrote must be `guarded`."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
