"""Cells that a spreadsheet program shows as they are: no formula is run, no number loses its zero."""

from __future__ import annotations

from host.plugin_api import format_national

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_GUARD = "'"


def guarded(text: str) -> str:
    """A name that cannot be taken for a formula: an apostrophe goes before a sign that would begin one."""
    begins_formula = text.lstrip(_GUARD).startswith(_FORMULA_STARTS)
    return _GUARD + text if begins_formula else text


def unguarded(text: str) -> str:
    """The name that `guarded` wrote."""
    is_guarded = text.startswith(_GUARD) and text.lstrip(_GUARD).startswith(_FORMULA_STARTS)
    return text[1:] if is_guarded else text


def number_cell(number: str, region: str) -> str:
    """An E.164 number with separators, so that a spreadsheet keeps it as text and reading it gives the number again."""
    national = format_national(number, region)
    if not national.removeprefix("+").isdigit():
        return national
    return f"{_GUARD}{number}"
