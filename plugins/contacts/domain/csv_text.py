"""Read the bytes of an uploaded CSV file as rows, whatever program saved it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

LARGEST_FILE = 5 * 1024 * 1024
MOST_ROWS = 50_000
DELIMITERS = (",", "\t", ";")


class FileProblem(StrEnum):
    """Why a file cannot be read at all."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    ENCODING = "encoding"
    NOT_CSV = "not_csv"
    NO_NUMBER_COLUMN = "no_number_column"
    NO_NAME_COLUMN = "no_name_column"
    COLUMN_TWICE = "column_twice"


class UnreadableFile(Exception):
    """The file is refused whole. `line` is where, if one line is to blame."""

    def __init__(self, problem: FileProblem, line: int | None = None) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.line = line


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the file and the line it begins on, counted from 1."""

    line: int
    cells: tuple[str, ...]


def read_rows(content: bytes) -> list[Row]:
    """The records of the file, the header first; empty lines are left out.

    Raises:
        UnreadableFile: too large, no known encoding, or broken as CSV.
    """
    if len(content) > LARGEST_FILE:
        raise UnreadableFile(FileProblem.TOO_LARGE)
    rows = list(_records(decoded(content)))
    if not rows:
        raise UnreadableFile(FileProblem.EMPTY)
    return rows


def decoded(content: bytes) -> str:
    """The text of the file: UTF-8, UTF-16 if it says so (Excel's "Unicode text"), else Shift_JIS as Windows has it.

    Raises:
        UnreadableFile: it is none of them.
    """
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableFile(FileProblem.ENCODING)


def _records(text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line, count = 1, 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                count += 1
                if count > MOST_ROWS + 1:
                    raise UnreadableFile(FileProblem.TOO_MANY_ROWS)
                yield Row(line, tuple(cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableFile(FileProblem.NOT_CSV, max(line, reader.line_num)) from error


def _delimiter(text: str) -> str:
    """What parts the header's cells: the sign that is in it most often."""
    header = next((line for line in io.StringIO(text) if line.strip()), "")
    return max(DELIMITERS, key=header.count)
