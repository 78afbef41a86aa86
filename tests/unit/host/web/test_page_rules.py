"""Small rules of the pages: durations as clocks, and which paths may be gone on to."""

from __future__ import annotations

import pytest

from host.web.pages.current import own_path
from host.web.pages.presentation import duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (725, "12:05"), (3599.5, "1:00:00"), (3723, "1:02:03"), (-1, "0:00")],
)
def test_a_duration_reads_like_a_clock(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize("path", ["/", "/calls?number=03&to=2026-11-30", "/calls?name=山田", "/plugins/contacts/1"])
def test_a_path_of_this_site_is_gone_on_to(path: str) -> None:
    assert own_path(path, "/otherwise") == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "calls",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "/a\r\nb",
        "/\x00",
        "\t/calls",
    ],
)
def test_anything_else_is_not(path: str | None) -> None:
    assert own_path(path, "/otherwise") == "/otherwise"
