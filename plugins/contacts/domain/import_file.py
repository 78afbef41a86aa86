"""Read an uploaded CSV file as entries: what each row says, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from host.plugin_api import parse_number
from host.plugin_api.spreadsheet import unguarded
from plugins.contacts.domain.csv_columns import Columns, find_columns
from plugins.contacts.domain.csv_text import FileProblem, Row, UnreadableFile, read_rows
from plugins.contacts.domain.entry import LONGEST_NAME, Problem, clean_name


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRow:
    """A row that can be read. A name is None where the file has no column for it: the entry keeps the one it has."""

    line: int
    number: str
    company: str | None
    person: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that cannot be read. `same_as` is the earlier line with the same number, if that is what is wrong."""

    line: int
    number: str
    problem: Problem | None = None
    same_as: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFile:
    """What a file holds. `ignored` are the names of its columns that mean nothing here."""

    rows: tuple[ImportedRow, ...]
    refused: tuple[RefusedRow, ...]
    ignored: tuple[str, ...]


def read_import(content: bytes, region: str) -> ImportFile:
    """Read the file, its numbers by the site's region.

    Raises:
        UnreadableFile: the whole file is refused.
    """
    header, *rows = read_rows(content)
    if not rows:
        raise UnreadableFile(FileProblem.EMPTY)
    columns = find_columns(header.cells)
    read = _without_repeats([_read_row(row, columns, region) for row in rows])
    return ImportFile(
        rows=tuple(row for row in read if isinstance(row, ImportedRow)),
        refused=tuple(row for row in read if isinstance(row, RefusedRow)),
        ignored=columns.ignored,
    )


def _read_row(row: Row, columns: Columns, region: str) -> ImportedRow | RefusedRow:
    typed = unguarded(columns.cell(row, columns.number) or "").strip()
    company, person = (_name(columns.cell(row, position)) for position in (columns.company, columns.person))
    number = parse_number(typed, region)
    problem = _problem(typed, number, company, person)
    if number is None or problem:
        return RefusedRow(line=row.line, number=typed[:60], problem=problem)
    return ImportedRow(line=row.line, number=number, company=company, person=person)


def _name(cell: str | None) -> str | None:
    return None if cell is None else clean_name(unguarded(cell.strip()))


def _problem(typed: str, number: str | None, company: str | None, person: str | None) -> Problem | None:
    if number is None:
        return Problem.NUMBER_UNREADABLE if typed else Problem.NUMBER_MISSING
    if not company and not person:
        return Problem.NAME_MISSING
    if max(len(company or ""), len(person or "")) > LONGEST_NAME:
        return Problem.NAME_TOO_LONG
    return None


def _without_repeats(rows: Sequence[ImportedRow | RefusedRow]) -> list[ImportedRow | RefusedRow]:
    """A number that comes again with the same names is left out; with other names nobody knows which is right."""
    return list(_once(rows))


def _once(rows: Sequence[ImportedRow | RefusedRow]) -> Iterator[ImportedRow | RefusedRow]:
    seen: dict[str, ImportedRow] = {}
    for row in rows:
        if isinstance(row, RefusedRow) or (earlier := seen.setdefault(row.number, row)) is row:
            yield row
        elif replace(row, line=earlier.line) != earlier:
            yield RefusedRow(line=row.line, number=row.number, same_as=earlier.line)
