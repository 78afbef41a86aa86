"""R24, R25: placeholders, how templates are filled in, and how long texts are cut."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.salesforce.domain.activity.length import clean, cut, length, one_line
from plugins.salesforce.domain.activity.marked import Room
from plugins.salesforce.domain.activity.placeholder import TITLES, Placeholder, pieces, slips_in
from plugins.salesforce.domain.activity.template import comment_of, filled, subject_of
from plugins.salesforce.domain.activity.told import placeholder_values
from tests.unit.plugins.salesforce.activity.activity_builders import TOKYO, analysis, call, facts, memo, unanswered

ROOM = Room(limit=32_000, more="https://pbx.example/calls/1")
EMPTY = dict.fromkeys(Placeholder, "")


def test_r25_the_placeholders_are_these_thirteen():
    assert {placeholder.written for placeholder in Placeholder} == {
        "{SPEECH_RECOGNITION}", "{SPEECH_RECOGNITION_SUMMARY}", "{MEMO}", "{CALL_TYPE}", "{DIAL_STARTED_AT}",
        "{TALK_STARTED_AT}", "{ENDED_AT}", "{TALK_SECONDS}", "{CALL_URL}", "{USER_NAME}", "{NUMBER}", "{COMPANY}",
        "{PERSON}",
    }  # fmt: skip
    assert set(TITLES) == set(Placeholder)


@pytest.mark.parametrize(
    ("template", "slips"),
    [
        ("{MEMO} and {CALL_URL}", []),
        ("{MEMOS}", [("unknown", "{MEMOS}", 1, 1, "{MEMO}")]),
        ("メモ: {MEMO}\n要約 {SUMMARY}\n", [("unknown", "{SUMMARY}", 2, 4, "")]),
        ("a\r\n{memo}", [("unknown", "{memo}", 2, 1, "{MEMO}")]),
        ("{ MEMO }", [("unknown", "{ MEMO }", 1, 1, "{MEMO}")]),
        ("{CALL-URL}", [("unclosed", "{CALL", 1, 1, "")]),
        ("x {MEMO", [("unclosed", "{MEMO", 1, 3, "{MEMO}")]),
        ("{MEMO\n{NOPE}", [("unclosed", "{MEMO", 1, 1, "{MEMO}"), ("unknown", "{NOPE}", 2, 1, "")]),
        ("{MEMO {PERSON}", [("unclosed", "{MEMO", 1, 1, "{MEMO}")]),
        ("{NUMBER1}", [("unknown", "{NUMBER1}", 1, 1, "{NUMBER}")]),
        ('{} {"a": 1} {至急} { x } {1} :-{ } ｛MEMO｝', []),
        ("{{MEMO}}", []),
    ],
)
def test_r25_what_is_refused_and_where(template: str, slips: list[tuple[str, str, int, int, str]]):
    found = [(slip.slip.value, slip.text, slip.line, slip.column, slip.meant) for slip in slips_in(template)]
    assert found == slips


@given(st.text(alphabet="{}MEO_ abc\n至", max_size=40))
def test_r25_every_slip_stands_where_it_is_said_to(template: str):
    for slip in slips_in(template):
        line = template.split("\n")[slip.line - 1]
        assert line[slip.column - 1 :].startswith(slip.text)
    assert "".join(part.written if isinstance(part, Placeholder) else part for part in pieces(template)) == template


def test_r25_each_placeholder_says_its_fact():
    given_facts = facts(
        memo=memo("Call back", "Order", "Urgent"), analysis=analysis("In short", "All that was said"),
        company="Acme", person="Taro", user_name="Alice Sato",
    )  # fmt: skip
    values = placeholder_values(given_facts, TOKYO, "en")
    assert {placeholder.value: text for placeholder, text in values.items()} == {
        "MEMO": "Order / Urgent\nCall back",
        "SPEECH_RECOGNITION_SUMMARY": "In short",
        "SPEECH_RECOGNITION": "All that was said",
        "CALL_TYPE": "Inbound call",
        "DIAL_STARTED_AT": "2026-11-23 00:30:00",
        "TALK_STARTED_AT": "2026-11-23 00:30:05",
        "ENDED_AT": "2026-11-23 00:31:05",
        "TALK_SECONDS": "60",
        "CALL_URL": "https://pbx.example/calls/1",
        "USER_NAME": "Alice Sato",
        "NUMBER": "+819012345678",
        "COMPANY": "Acme",
        "PERSON": "Taro",
    }


def test_r25_in_the_language_of_the_site():
    values = placeholder_values(facts(call=unanswered()), TOKYO, "ja")
    assert values[Placeholder.CALL_TYPE] == "不在着信"
    assert values[Placeholder.DIAL_STARTED_AT] == "2026/11/23 00:30:00"
    assert values[Placeholder.TALK_STARTED_AT] == values[Placeholder.TALK_SECONDS] == values[Placeholder.MEMO] == ""


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("{MEMO}\n{SPEECH_RECOGNITION_SUMMARY}\n{CALL_URL}", {"MEMO": "m", "CALL_URL": "u"}, "m\nu"),
        ("Memo: {MEMO}", {}, "Memo: "),
        ("{MEMO} {PERSON}\nx", {}, "x"),
        ("a\n\n{MEMO}", {"MEMO": "m"}, "a\n\nm"),
        ("{MEMO}", {"MEMO": "{PERSON} {NOPE}", "PERSON": "P"}, "{PERSON} {NOPE}"),
        ('{"memo": "{MEMO}"}', {"MEMO": "m"}, '{"memo": "m"}'),
        ("{NOPE}{MEMO", {"MEMO": "m"}, "{NOPE}{MEMO"),
        ("x\r\n{MEMO}\r\ny", {"MEMO": "1\n2"}, "x\n1\n2\ny"),
    ],
)
def test_r25_a_template_filled_in(template: str, values: dict[str, str], text: str):
    assert filled(template, {**EMPTY, **{Placeholder(name): value for name, value in values.items()}}) == text


def test_r24_the_subject_is_one_line_of_at_most_255():
    values = {**EMPTY, Placeholder.PERSON: "山田\n 太郎", Placeholder.COMPANY: "あ" * 300}
    assert subject_of("{MEMO}  {PERSON}\n通話 ", values) == "山田 太郎 通話"
    assert subject_of("{COMPANY}", values) == "あ" * 255


@pytest.mark.parametrize(
    ("text", "limit", "more", "expected"),
    [
        ("short", 5, "", "short"),
        ("一つ目です。二つ目です。三つ目です。", 14, "", "一つ目です。二つ目です。"),
        ("「はい。」と言った。終わり", 11, "", "「はい。」と言った。"),
        ("One. Two! Three? Four five six", 20, "", "One. Two! Three?"),
        ("It costs 3.50 euros and more. Yes", 16, "", "It costs 3.50"),
        ("no sentence ends in these words", 20, "", "no sentence ends in"),
        ("x" * 30, 20, "", "x" * 20),
        ("a\nb" * 10, 8, "", "a\nba"),
        ("First. " + "y" * 30, 30, "", "First. " + "y" * 23),
        ("𠮷" * 10, 9, "", "𠮷" * 4),
        ("か\u3099" * 10, 9, "", "か\u3099" * 4),
        ("一つ目です。二つ目です。三つ目です。", 17, "url", "一つ目です。二つ目です。\nurl"),
        ("x" * 30, 20, "long link that leaves no room", "x" * 20),
    ],
)
def test_r24_a_long_text_is_cut_at_a_sentence(text: str, limit: int, more: str, expected: str):
    assert cut(text, limit, more=more) == expected
    assert length(expected) <= limit


@given(
    st.text(alphabet=st.sampled_from("ab 。. \n!」𠮷\u3099"), max_size=200),
    st.integers(1, 120),
    st.sampled_from(["", "L" * 9]),
)
def test_r24_a_cut_text_fits_however_it_is_counted(text: str, limit: int, more: str):
    shown = cut(text, limit, more=more)
    assert len(shown.encode("utf-16-le")) // 2 + shown.count("\n") <= limit
    kept = shown.removesuffix(f"\n{more}") if more else shown
    assert text.startswith(kept)
    assert cut(shown, limit, more=more) == shown


def test_r24_a_comment_of_32000_characters_ends_with_a_sentence_and_the_link():
    sentence = "お問い合わせの件について確認しました。"
    values = {**EMPTY, Placeholder.TRANSCRIPT: sentence * 2_000}
    text = comment_of("{SPEECH_RECOGNITION}", values, ROOM)
    body, _, link = text.rpartition("\n")
    assert link == ROOM.more
    assert body.endswith("。")
    assert 32_000 - len(sentence) <= len(text) <= 32_000


@pytest.mark.parametrize("unit", ["!", ".)", "。", "。」", "、", " ", "\n", "a ", "x"])
def test_a_text_of_any_make_is_cut_in_no_time(unit: str):
    text = "a" + unit * (1_000_000 // len(unit)) + "x"
    begun = time.perf_counter()
    assert length(cut(text, 131_072)) <= 131_072
    assert time.perf_counter() - begun < 5, "a pattern that backtracks takes minutes"


def test_what_salesforce_would_not_keep_is_not_written():
    assert clean(" a\r\nb\rc\x00\x0b\ud800\ufffe \n") == "a\nb\nc"
    assert one_line(" a \n\tb\u3000c ") == "a b c"
    assert json.dumps(clean("\udfff")) == '""'


def test_a_call_without_a_page_has_no_link():
    assert placeholder_values(facts(call=call(url="", number=None, raw_number="")), TOKYO, "en")[Placeholder.CALL_URL] == ""
