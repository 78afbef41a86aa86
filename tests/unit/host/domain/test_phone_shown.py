"""B13: the forms a number is searched by, shown in and dialled as."""

from __future__ import annotations

import re
import time

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from host.domain.phone import dialable, format_national, numbers_in, parse_number, search_forms

REGIONS = ("JP", "US", "DE", "GB")
PHONE_CHARACTERS = "0123456789０９٣+-ー〜 　()（）./・,;、#*x内線代:@=%tel\u200b\n\ud800"
any_text = st.one_of(st.text(max_size=80), st.text(alphabet=PHONE_CHARACTERS, max_size=60))


@st.composite
def plan_numbers(draw: st.DrawFn) -> str:
    """E.164 numbers near the examples of all numbering plans."""
    region = draw(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)))
    kind = draw(st.sampled_from((phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)))
    example = phonenumbers.example_number_for_type(region, kind)
    assume(example is not None)
    digits = str(example.national_number)
    example.national_number = int(digits[:-3] + draw(st.text("0123456789", min_size=3, max_size=3)))
    number = parse_number(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164), region)
    assume(number is not None)
    return number


@given(any_text, st.sampled_from(REGIONS))
def test_nothing_written_raises_and_what_is_read_is_stable(raw: str, region: str) -> None:
    for number in numbers_in(raw, region):
        assert re.fullmatch(r"\+[1-9]\d{3,18}", number)
        assert parse_number(number, region) == number
    assert parse_number(raw, region) in {None, *numbers_in(raw, region)}
    assert re.fullmatch(r"\+?[0-9*#]{1,32}", dialable(raw, region) or "0")


@given(plan_numbers(), st.sampled_from(REGIONS))
def test_b13_every_form_reads_back_as_the_number(number: str, region: str) -> None:
    forms = search_forms(number, region)
    assert number in forms
    assert len(forms) == len(set(forms)) <= 30
    assert all(len(form) <= 40 and parse_number(form, region) == number for form in forms)


@given(plan_numbers(), st.sampled_from(REGIONS))
def test_what_is_shown_reads_back_and_can_be_dialled(number: str, region: str) -> None:
    assert parse_number(format_national(number, region), region) == number
    assert dialable(number, region) == number


@pytest.mark.parametrize(
    ("number", "region", "expected"),
    [
        (
            "+81312345678",
            "JP",
            [
                "0312345678",
                "03-1234-5678",
                "(03) 1234-5678",
                "(03)1234-5678",
                "03(1234)5678",
                "03 1234 5678",
                "03.1234.5678",
            ],
        ),
        ("+819012345678", "JP", ["09012345678", "090-1234-5678", "090 1234 5678", "+81-90-1234-5678", "81-90-1234-5678"]),
        (
            "+81312345678",
            "JP",
            [
                "0312345678",
                "０３－１２３４－５６７８",
                "+81 3-1234-5678",
                "+81 (0)3-1234-5678",
                "0081312345678",
                "81312345678",
            ],
        ),
        ("+81120123456", "JP", ["0120123456", "0120-123-456"]),
        (
            "+12025550123",
            "US",
            ["2025550123", "202-555-0123", "(202) 555-0123", "202.555.0123", "1-202-555-0123", "12025550123"],
        ),
        ("+12025550123", "JP", ["+12025550123", "+1 202-555-0123", "010-1-202-555-0123"]),
        ("+4930123456", "DE", ["030123456", "030 123456", "+49 30 123456", "004930123456"]),
        ("+442079460000", "GB", ["02079460000", "020 7946 0000", "+44 (0)20-7946-0000"]),
    ],
)
def test_b13_the_usual_forms_are_there_most_usual_first(number: str, region: str, expected: list[str]) -> None:
    forms = search_forms(number, region)
    assert forms[0] == expected[0]
    assert set(expected) <= set(forms)
    assert 5 <= len(forms) <= 30


@pytest.mark.parametrize("nothing", ["", "0312345678", "+", "+999123", "anonymous", "\ud800"])
def test_what_is_no_e164_number_has_no_forms_and_is_shown_as_it_is(nothing: str) -> None:
    assert search_forms(nothing, "JP") == ()
    assert format_national(nothing, "JP") == nothing


@pytest.mark.parametrize(
    ("number", "region", "shown"),
    [
        ("+81312345678", "JP", "03-1234-5678"),
        ("+819012345678", "JP", "090-1234-5678"),
        ("+12025550123", "JP", "+1 202-555-0123"),
        ("+12025550123", "US", "(202) 555-0123"),
        ("+4930123456", "DE", "030 123456"),
    ],
)
def test_numbers_are_shown_as_the_region_reads_them(number: str, region: str, shown: str) -> None:
    assert format_national(number, region) == shown


@pytest.mark.parametrize(
    ("raw", "dialled"),
    [
        ("03-1234-5678", "0312345678"),
        ("０３ー１２３４ー５６７８", "0312345678"),
        ("184-090-1234-5678", "18409012345678"),
        ("010-1-202-555-0123", "01012025550123"),
        ("+81 (0)3-1234-5678", "+81312345678"),
        ("tel:+81-3-1234-5678", "+81312345678"),
        ("03-1234-5678（代）", "0312345678"),
        ("101", "101"),
        ("117", "117"),
        ("*8101", "*8101"),
        ("＊３１＃", "*31#"),
    ],
)
def test_a_number_is_dialled_as_it_was_written(raw: str, dialled: str) -> None:
    assert dialable(raw, "JP") == dialled


@pytest.mark.parametrize(
    "raw",
    [
        *("", "+", "anonymous", "0312345678a", "03-1234-5678 内線12", "1" * 33, " " * 200),
        *(
            "0312345678\r\nAction: Hangup",
            "0312345678\n",
            "\r0312345678",
            "03\u20281234",
            "03\x851234",
            "03\x001234",
            "\ud800",
        ),
        *("03-1234-5678/090-1234-5678", "03-1234-5678,090-1234-5678", "03-1234-5678/12", "03-1234-5678〜9"),
    ],
)
def test_line_ends_letters_and_two_numbers_are_not_dialled(raw: str) -> None:
    assert dialable(raw, "JP") is None


@pytest.mark.parametrize("pattern", ["0", "+", "(", "x1", "/03", "内線1", ";a=", "1-", "03-1234-5678 ", "e\u0301", "﷽", "@"])
def test_long_hostile_text_is_answered_at_once(pattern: str) -> None:
    started = time.perf_counter()
    for length in (500, 10_000):
        text = (pattern * length)[:length]
        numbers_in(text, "JP")
        dialable(text, "JP")
    assert time.perf_counter() - started < 0.5
