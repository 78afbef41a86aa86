"""R6: what an entry of the contact book may be, and how its names are found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.contacts.domain.cursor import Position, read_cursor, write_cursor
from plugins.contacts.domain.entry import LONGEST_NAME, Problem, check_entry, clean_name, is_e164, shortened, web_address
from plugins.contacts.domain.search_text import SORT_LENGTH, fold, search_text, sort_text

any_text = st.text(max_size=60)


@pytest.mark.parametrize("typed", ["03-1234-5678", "０３ー１２３４ー５６７８", "+81 3-1234-5678", "03(1234)5678（代）"])
def test_an_entry_is_kept_by_its_e164_number(typed: str) -> None:
    checked = check_entry(typed, " 株式会社　青空商事 ", "山田\t花子\u200e", "JP")
    assert checked.draft is not None
    assert (checked.draft.number, checked.draft.company, checked.draft.person) == (
        "+81312345678",
        "株式会社 青空商事",
        "山田 花子",
    )


@pytest.mark.parametrize(
    ("number", "company", "person", "problems"),
    [
        ("", "A", "", {"number": Problem.NUMBER_MISSING}),
        ("  ", "A", "", {"number": Problem.NUMBER_MISSING}),
        ("110", "A", "", {"number": Problem.NUMBER_UNREADABLE}),
        ("内線12", "A", "", {"number": Problem.NUMBER_UNREADABLE}),
        ("03-1234-5678, 090-1234-5678", "A", "", {"number": Problem.NUMBER_UNREADABLE}),
        ("03-1234-5678", "", " \u200b\x00", {"company": Problem.NAME_MISSING}),
        ("03-1234-5678", "A" * (LONGEST_NAME + 1), "", {"company": Problem.NAME_TOO_LONG}),
        ("03-1234-5678", "", "あ" * (LONGEST_NAME + 1), {"person": Problem.NAME_TOO_LONG}),
        ("x", "", "", {"number": Problem.NUMBER_UNREADABLE, "company": Problem.NAME_MISSING}),
    ],
)
def test_what_is_wrong_is_named_by_field(number: str, company: str, person: str, problems: dict[str, Problem]) -> None:
    checked = check_entry(number, company, person, "JP")
    assert checked.draft is None
    assert checked.problems == problems


@given(any_text)
def test_a_clean_name_stays_as_it_is_and_can_be_stored(text: str) -> None:
    cleaned = clean_name(text + "\ud800\x00")
    assert clean_name(cleaned) == cleaned
    assert "\x00" not in cleaned
    cleaned.encode()
    assert len(sort_text(cleaned, cleaned)) <= SORT_LENGTH
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("name", "search"),
    [
        ("ソニー株式会社", "ｿﾆｰ"),
        ("ＡＢＣ商事", "abc"),
        ("Straße GmbH", "STRASSE"),
        ("山田 太郎", "山田太郎"),
        ("山田太郎", "山田　太郎"),
        ("ヤマダ電機", "やまだ"),
        ("㈱青空", "(株)青空"),
        ("Acme Corp", "acme corp"),
    ],
)
def test_a_name_is_found_in_any_width_case_kana_and_spacing(name: str, search: str) -> None:
    assert fold(search) in search_text(name, "")
    assert fold(search) in search_text("", name)


def test_a_search_does_not_bridge_the_two_names() -> None:
    assert fold("ab") not in search_text("a", "b")


def test_names_nobody_can_correct_are_shortened() -> None:
    assert shortened("あ" * 300) == "あ" * (LONGEST_NAME - 1) + "…"


@pytest.mark.parametrize("url", ["https://x.my.salesforce.com/003xx", "http://127.0.0.1:8080/a?b=c#d"])
def test_web_addresses_are_kept(url: str) -> None:
    assert web_address(url) == url


@pytest.mark.parametrize(
    "url",
    ["", "javascript:alert(1)", "data:text/html,x", "//host/x", "https://", "http://[", "ftp://a/b", "https://a/\nb", "x"],
)
def test_other_addresses_are_dropped(url: str) -> None:
    assert web_address(url) == ""


@pytest.mark.parametrize(
    "text", ["", "+", "0312345678", "+0312345678", "+81 3", "+81312345678\n", "+" + "1" * 20, "＋81312345678"]
)
def test_only_e164_is_a_key(text: str) -> None:
    assert not is_e164(text)
    assert is_e164("+81312345678")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60), st.integers(0, 2**31 - 1))
def test_a_cursor_reads_back(text: str, number: int) -> None:
    assert read_cursor(write_cursor(Position(text, number))) == Position(text, number)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "zzz",
        "あ",
        "W10=",
        "WzEsMl0=",
        "bnVsbA==",
        "WyJhIiwgLTFd",
        "WyJhIiwgdHJ1ZV0=",
        "WyJcdWQ4MDAiLDFd",
        "WyJhIiwgOTk5OTk5OTk5OTk5XQ==",
    ],
)
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        read_cursor(cursor)
