"""Which column of a CSV file is what, by its name in English or Japanese."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugins.contacts.domain.csv_text import FileProblem, Row, UnreadableFile
from plugins.contacts.domain.search_text import fold

NAMES = {
    "number": (
        *("number", "phone", "phone number", "telephone", "telephone number", "tel", "phone_number", "mobile"),
        *("電話番号", "電話", "番号", "TEL番号", "携帯電話", "携帯番号", "代表電話"),
    ),
    "company": (
        *("company", "company name", "account", "account name", "organization", "organisation", "company_name"),
        *("会社名", "会社", "取引先名", "取引先", "企業名", "法人名", "勤務先", "組織名"),
    ),
    "person": (
        *("person", "person name", "name", "full name", "contact", "contact name", "person_name"),
        *("氏名", "名前", "お名前", "担当者", "担当者名", "取引先担当者名", "取引先責任者名", "取引先責任者"),
    ),
}
_MEANINGS = {fold(name): meaning for meaning, names in NAMES.items() for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where in a row each value stands; None if the file does not have it. `ignored` are the other columns' names."""

    number: int
    company: int | None
    person: int | None
    ignored: tuple[str, ...]

    def cell(self, row: Row, position: int | None) -> str | None:
        """A row's value, "" if the row is short, None if the file has no such column."""
        if position is None:
            return None
        return row.cells[position] if position < len(row.cells) else ""


def find_columns(header: Sequence[str]) -> Columns:
    """Read the header.

    Raises:
        UnreadableFile: no column for the number or for a name, or two for the same.
    """
    found: dict[str, int] = {}
    ignored: list[str] = []
    for position, title in enumerate(header):
        meaning = _MEANINGS.get(fold(title))
        if meaning is None:
            ignored.append(title.strip())
        elif meaning in found:
            raise UnreadableFile(FileProblem.COLUMN_TWICE, 1)
        else:
            found[meaning] = position
    if "number" not in found:
        raise UnreadableFile(FileProblem.NO_NUMBER_COLUMN, 1)
    if not found.keys() & {"company", "person"}:
        raise UnreadableFile(FileProblem.NO_NAME_COLUMN, 1)
    return Columns(
        number=found["number"],
        company=found.get("company"),
        person=found.get("person"),
        ignored=tuple(title for title in ignored if title),
    )
