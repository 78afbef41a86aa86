"""Rows of a query as the CSV of the Bulk API: everything quoted, date-times with Z, null as nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from salesforce_sandbox.schema.model import Field
from salesforce_sandbox.soql.rows import Column

DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}


@dataclass(frozen=True, slots=True)
class Table:
    """The head and one line for each record, without line ends; ``delimiter`` and ``ending`` by their names."""

    head: str
    lines: list[str]
    delimiter: str
    ending: str

    def page(self, lines: Sequence[str]) -> str:
        end = LINE_ENDINGS[self.ending]
        return "".join(line + end for line in (self.head, *lines))


def read_table(columns: Sequence[Column], rows: Iterable[Sequence[Any]], delimiter: str, ending: str) -> Table:
    """Build the table; each row begins with the record's id, which is only shown where it was selected."""
    shown = [(place, column, column.field) for place, column in enumerate(columns, 1) if column.field is not None]
    between = DELIMITERS[delimiter]
    head = between.join(_quoted(".".join((*column.parents, column.name))) for _, column, _ in shown)
    lines = [between.join(_quoted(_text(field, row[place])) for place, _, field in shown) for row in rows]
    return Table(head, lines, delimiter, ending)


def _text(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if field.type == "boolean":
        return "true" if value else "false"
    if field.type == "datetime":
        return str(value).replace("+0000", "Z")
    return str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
