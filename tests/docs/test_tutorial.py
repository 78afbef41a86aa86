"""B14: docs/tutorial.md is followed from its first line to its last, with nothing but what stands there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.tutorial_reader import Reader, commands, fits

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    one = Reader(tmp_path, {"8000": free_port(), "8090": free_port()})
    yield one
    one.leave()


@pytest.mark.timeout(600)
def test_b14_a_reader_of_the_tutorial_ends_with_a_plugin_that_is_gold(reader: Reader) -> None:
    reader.follow(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("expected", "answer", "right"),
    [
        ("stored", "stored\n", True),
        ("stored", "repeated", False),
        ("", "", True),
        ("", "a warning", False),
        ("…", "", True),
        ("…\nbeacon … on …\n…", "name  state\nbeacon  0.1  on  tsunagu-beacon", True),
        ("…\nbeacon … on …\n…", "name  state\nbeacon  0.1  off  tsunagu-beacon", False),
    ],
)
def test_an_answer_is_compared(expected: str, answer: str, right: bool) -> None:
    assert fits(expected, answer) is right


def test_a_console_block_has_commands_with_their_answers() -> None:
    assert list(commands("$ cat > f <<END\n> a\n> END\n$ echo b\nb\n…\n")) == [
        ("cat > f <<END\na\nEND", ""),
        ("echo b", "b\n…"),
    ]
