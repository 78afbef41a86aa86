"""The operation log as a CSV file, written piece by piece, so that a long one needs little memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from flask_babel import gettext as _

from host.plugin_api.operation_words import COLUMNS, operation_rows
from host.plugin_api.operations import Operation, OperationPage
from host.plugin_api.spreadsheet import BYTE_ORDER_MARK, csv_lines
from host.web.pages.current import services
from host.web.pages.labels import area_label, log_word
from host.web.pages.sentences import said

AREA_COLUMN = 3
LINES_PER_PIECE = 1000

Find = Callable[[int | None, int], OperationPage]
"""Finds the page of lines behind this one, of at most so many."""


def csv_pieces(find: Find) -> Iterator[str]:
    """The file. Its texts are in the language of the request, which must last until the end."""
    yield BYTE_ORDER_MARK + csv_lines([_with_area([said(title) for title in COLUMNS], _("Area"))])
    before: int | None = None
    while True:
        page = find(before, LINES_PER_PIECE)
        yield csv_lines(row for operation in page.operations for row in _rows(operation))
        before = page.before
        if before is None:
            return


def _rows(operation: Operation) -> list[list[str]]:
    zone = services().config.timezone
    rows = operation_rows(operation, partial(log_word, area=operation.area), zone)
    return [_with_area(row, area_label(operation.area)) for row in rows]


def _with_area(row: list[str], area: str) -> list[str]:
    return [*row[:AREA_COLUMN], area, *row[AREA_COLUMN:]]
