"""R6: contacts from and to CSV files, whatever program wrote or opens them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.plugin_api import parse_number
from host.plugin_api.spreadsheet import guarded, unguarded
from plugins.contacts.domain.csv_text import LARGEST_FILE, MOST_ROWS, FileProblem, UnreadableFile
from plugins.contacts.domain.entry import Problem, clean_name
from plugins.contacts.domain.import_file import ImportedRow, ImportFile, RefusedRow, read_import
from plugins.contacts.domain.import_plan import Names, plan_import
from plugins.contacts.domain.spreadsheet import number_cell

HEADER = "number,company,person\n"
SIMPLE = HEADER + "03-1234-5678,青空商事,山田 花子\n"
ROW = ImportedRow(line=2, number="+81312345678", company="青空商事", person="山田 花子")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_the_usual_encodings_and_line_ends_are_read(encoding: str, line_end: str) -> None:
    assert read_import(SIMPLE.replace("\n", line_end).encode(encoding), "JP").rows == (ROW,)


@pytest.mark.parametrize(
    "header",
    [
        *(
            "number,company,person",
            "Number, Company , PERSON",
            '"Phone","Account Name","Full Name"',
            "number\tcompany\tperson",
        ),
        *(
            "電話番号,会社名,氏名",
            "電話番号;取引先名;担当者名",
            "ＴＥＬ,企業名,取引先責任者",
            "電話番号, 取引先, 取引先担当者名",
        ),
    ],
)
def test_columns_are_known_by_english_and_japanese_names(header: str) -> None:
    sign = "\t" if "\t" in header else ";" if ";" in header else ","
    file = read_import(f"{header}\n03-1234-5678{sign}青空商事{sign}山田 花子\n".encode(), "JP")
    assert file.rows == (ROW,)


def test_the_columns_order_does_not_matter_and_others_are_ignored() -> None:
    file = read_import("部署,氏名,備考,電話番号\n営業,山田 花子,,03-1234-5678\n".encode(), "JP")
    assert file.rows == (ImportedRow(line=2, number="+81312345678", company=None, person="山田 花子"),)
    assert file.ignored == ("部署", "備考")


def test_rows_that_cannot_be_read_are_told_with_line_and_reason() -> None:
    text = HEADER + (
        '03-1234-5678,A,\n\n"内線\n12",B,\n,C,\n090-1234-5678,,\n090-1234-5678,"%s",\n0312345678,Z,\n0312345678,A,\n06-6123-4567\n'
        % ("x" * 256)
    )
    file = read_import(text.encode(), "JP")
    assert [(row.line, row.number) for row in file.rows] == [(2, "+81312345678")]
    assert file.refused == (
        RefusedRow(line=4, number="内線\n12", problem=Problem.NUMBER_UNREADABLE),
        RefusedRow(line=6, number="", problem=Problem.NUMBER_MISSING),
        RefusedRow(line=7, number="090-1234-5678", problem=Problem.NAME_MISSING),
        RefusedRow(line=8, number="090-1234-5678", problem=Problem.NAME_TOO_LONG),
        RefusedRow(line=9, number="+81312345678", same_as=2),
        RefusedRow(line=11, number="06-6123-4567", problem=Problem.NAME_MISSING),
    )


@pytest.mark.parametrize(
    ("content", "problem", "line"),
    [
        (b"", FileProblem.EMPTY, None),
        (b"\n \n,,\n", FileProblem.EMPTY, None),
        (HEADER.encode(), FileProblem.EMPTY, None),
        (b"x" * (LARGEST_FILE + 1), FileProblem.TOO_LARGE, None),
        (HEADER.encode() + b"03-1234-5678,A,\n" * (MOST_ROWS + 1), FileProblem.TOO_MANY_ROWS, None),
        (b"\x89PNG\r\n\x1a\n\x00\xff\xfe", FileProblem.ENCODING, None),
        (b"number,person\n1,\x81\xff\n", FileProblem.ENCODING, None),
        (b"number,person\n1,a\x00b\n", FileProblem.ENCODING, None),
        (b"\xff\xfea", FileProblem.ENCODING, None),
        (b'number,person\n1,"a\n', FileProblem.NOT_CSV, 2),
        (b'number,person\n1,"a"b\n', FileProblem.NOT_CSV, 2),
        (b"number,person\n1," + b"a" * 200_000 + b"\n", FileProblem.NOT_CSV, 2),
        (b"name,company\na,b\n", FileProblem.NO_NUMBER_COLUMN, 1),
        (b"number,age\n1,2\n", FileProblem.NO_NAME_COLUMN, 1),
        (b"number,name,person\n1,2,3\n", FileProblem.COLUMN_TWICE, 1),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(content: bytes, problem: FileProblem, line: int | None) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_import(content, "JP")
    assert (refused.value.problem, refused.value.line) == (problem, line)


@given(st.binary(max_size=200), st.sampled_from(["", HEADER, "電話番号\t氏名\n"]))
def test_hostile_bytes_are_read_or_refused(content: bytes, header: str) -> None:
    try:
        file = read_import(header.encode() + content, "JP")
    except UnreadableFile:
        return
    assert isinstance(file, ImportFile)


@given(st.text(max_size=30))
def test_no_exported_name_begins_a_formula_and_each_reads_back(name: str) -> None:
    name = clean_name(name)
    cell = guarded(name)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unguarded(cell) == name


@pytest.mark.parametrize("name", ["=1+1", "+81", "-x", "@SUM(A1)", "＝1", "'=1", "''=1", "'quoted'", "O'Neill", "''"])
def test_names_that_look_like_formulas_read_back(name: str) -> None:
    assert unguarded(guarded(name)) == name


@pytest.mark.parametrize("region", ["JP", "US", "DE", "GB"])
@pytest.mark.parametrize(
    "number", ["+81312345678", "+819012345678", "+81120123456", "+8112345678", "+12025550123", "+4930123456", "+493012"]
)
def test_a_spreadsheet_keeps_an_exported_number_as_text(number: str, region: str) -> None:
    cell = number_cell(number, region)
    with pytest.raises(ValueError, match="could not convert"):
        float(cell)
    assert parse_number(unguarded(cell), region) == number


def test_what_is_exported_imports_as_unchanged() -> None:
    names = [("=HYPERLINK(1)", "山田 花子"), ('Acme, "Inc."', "-"), ("'quoted", "")]
    numbers = ["+81312345678", "+12025550123", "+819012345678"]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["number", "company", "person"])
    for number, (company, person) in zip(numbers, names, strict=True):
        writer.writerow([number_cell(number, "JP"), guarded(company), guarded(person)])
    file = read_import(text.getvalue().encode("utf-8-sig"), "JP")
    present = {
        number: Names(company=company, person=person) for number, (company, person) in zip(numbers, names, strict=True)
    }
    plan = plan_import(file.rows, present)
    assert (plan.unchanged, plan.writes, file.refused) == (3, (), ())


def test_a_plan_tells_new_changed_and_unchanged_rows() -> None:
    rows = [
        ROW,
        ImportedRow(line=3, number="+819012345678", company="新", person=None),
        ImportedRow(line=4, number="+81120123456", company=None, person="同じ"),
    ]
    present = {"+819012345678": Names(company="旧", person="残る"), "+81120123456": Names(company="社", person="同じ")}
    plan = plan_import(rows, present)
    assert [(change.line, change.after) for change in plan.new] == [(2, Names(company="青空商事", person="山田 花子"))]
    assert [(change.line, change.before, change.after) for change in plan.changed] == [
        (3, Names(company="旧", person="残る"), Names(company="新", person="残る"))
    ]
    assert plan.unchanged == 1


def test_a_plan_has_another_fingerprint_when_the_book_has_changed() -> None:
    before = plan_import([ROW], {})
    after = plan_import([ROW], {ROW.number: Names(company="他", person="")})
    assert before.fingerprint == plan_import([ROW], {}).fingerprint
    assert before.fingerprint != after.fingerprint
