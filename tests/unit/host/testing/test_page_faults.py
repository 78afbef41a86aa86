"""B14: what the rule about pages sees in a page, and what it lets pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.testing.judging.html import faults_of_page

PAGE = '<!doctype html><html lang="en"><head><title>Acme</title></head><body><h1>Acme</h1>{}</body></html>'


def faults(inside: str = "", page: str = PAGE) -> list[str]:
    return list(faults_of_page(page.replace("{}", inside)))


@pytest.mark.parametrize(
    "inside",
    [
        '<label for="a">A</label><input id="a" name="a">',
        '<label>A <input name="a"></label>',
        '<input name="a" aria-label="A">',
        '<input type="hidden" name="t"><button>Go</button><input type="submit">',
        '<select id="s" name="s"></select><label for="s">S</label>',
        '<script src="/static/a.js"></script><script nonce="x">1</script>',
        '<img src="a" alt="">',
    ],
)
def test_b14_what_is_fine(inside: str) -> None:
    assert faults(inside) == []


@pytest.mark.parametrize(
    ("inside", "word"),
    [
        ("<h1>Another</h1>", "2 headings"),
        ('<input name="a">', "without a label: a"),
        ('<textarea id="b" name="b"></textarea>', "without a label: b"),
        ('<p id="x"></p><p id="x"></p>', "the id x twice"),
        ("<script>go()</script>", "an inline <script>"),
        ("<style>a{}</style>", "an inline <style>"),
        ('<p style="color:red">', "the attribute style"),
        ('<a onclick="go()">', "the attribute onclick"),
        ('<img src="a">', "a picture without"),
    ],
)
def test_b14_what_is_not(inside: str, word: str) -> None:
    (fault,) = faults(inside)
    assert word in fault


@pytest.mark.parametrize(
    ("page", "word"),
    [
        (PAGE.replace("<title>Acme</title>", ""), "no title"),
        (PAGE.replace(' lang="en"', ""), "its language"),
        (PAGE.replace("<h1>Acme</h1>", ""), "0 headings"),
    ],
)
def test_b14_what_every_page_needs(page: str, word: str) -> None:
    (fault,) = faults(page=page)
    assert word in fault


@given(st.text(alphabet="<>/=\"' abh1inputlscript-!&;", max_size=200))
def test_b14_any_text_can_be_read(text: str) -> None:
    assert isinstance(list(faults_of_page(text)), list)
