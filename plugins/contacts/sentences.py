"""What is wrong with something written, in the language of the page."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext as _

from plugins.contacts.domain.csv_text import FileProblem, UnreadableFile
from plugins.contacts.domain.entry import LONGEST_NAME, Problem
from plugins.contacts.domain.import_file import RefusedRow


def entry_problem(problem: Problem) -> str:
    """Why an entry is refused, for the field that is wrong."""
    return _ENTRY_PROBLEMS[problem]()


def row_problem(row: RefusedRow) -> str:
    """Why a row of a CSV file is refused."""
    if row.same_as is not None:
        return str(_("Line %(line)s has the same number with other names.", line=row.same_as))
    return entry_problem(row.problem or Problem.NUMBER_UNREADABLE)


def file_problem(error: UnreadableFile) -> str:
    """Why a whole file is refused, and where."""
    sentence = _FILE_PROBLEMS[error.problem]()
    return _("Line %(line)s: %(sentence)s", line=error.line, sentence=sentence) if error.line else sentence


_ENTRY_PROBLEMS: dict[Problem, Callable[[], str]] = {
    Problem.NUMBER_MISSING: lambda: _("Fill in the telephone number."),
    Problem.NUMBER_UNREADABLE: lambda: _(
        "This is not one telephone number. Extensions and short numbers like 110 cannot be registered."
    ),
    Problem.NAME_MISSING: lambda: _("Fill in the company, the person, or both."),
    Problem.NAME_TOO_LONG: lambda: _("A name has at most %(most)s characters.", most=LONGEST_NAME),
}
_FILE_PROBLEMS: dict[FileProblem, Callable[[], str]] = {
    FileProblem.EMPTY: lambda: _("The file has no entries: it needs a line of column names and at least one line below it."),
    FileProblem.TOO_LARGE: lambda: _("The file is larger than 5 MB. Split it into several files."),
    FileProblem.TOO_MANY_ROWS: lambda: _("The file has more than 50,000 rows. Split it into several files."),
    FileProblem.ENCODING: lambda: _("The file is not text in UTF-8 or Shift_JIS. Save it as “CSV UTF-8” and try again."),
    FileProblem.NOT_CSV: lambda: _("This is not proper CSV: a quotation mark or a line end stands in the wrong place."),
    FileProblem.NO_NUMBER_COLUMN: lambda: _("No column is called “number” or “電話番号”: nothing says which is the number."),
    FileProblem.NO_NAME_COLUMN: lambda: _("No column is called “company” or “person” (in Japanese “会社名” or “氏名”)."),
    FileProblem.COLUMN_TWICE: lambda: _("Two columns mean the same. Leave one of them out or name it otherwise."),
}
