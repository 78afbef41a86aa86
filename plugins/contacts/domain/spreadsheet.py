"""Cells with a number that a spreadsheet program shows as it is: none loses its zero."""

from __future__ import annotations

from host.plugin_api import format_national
from host.plugin_api.spreadsheet import GUARD


def number_cell(number: str, region: str) -> str:
    """An E.164 number with separators, so that a spreadsheet keeps it as text and reading it gives the number again."""
    national = format_national(number, region)
    if not national.removeprefix("+").isdigit():
        return national
    return f"{GUARD}{number}"
