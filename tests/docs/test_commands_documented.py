"""Every command of `tsunagu` stands in docs/commands.md with each of its options."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from host.cli import main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"
Found = tuple[str, click.Command]


def commands(group: click.Group, path: str) -> Iterator[Found]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


ALL = list(commands(main, "tsunagu"))


def test_the_names_that_outside_checks_rely_on_are_there() -> None:
    expected = [
        "web", "worker", "bridge asterisk", "replay-ami", "sandbox", "plugins list",
        "tokens create", "sources create", "users create", "db upgrade",
    ]  # fmt: skip
    assert {f"tsunagu {name}" for name in expected} <= {path for path, _ in ALL}


@pytest.mark.parametrize(("path", "command"), ALL, ids=[path for path, _ in ALL])
def test_each_command_is_documented_with_its_options(path: str, command: click.Command) -> None:
    page = PAGE.read_text()
    assert f"## {path}\n" in page
    section = page.split(f"## {path}\n")[1].split("\n## ")[0]
    options = [max(parameter.opts, key=len) for parameter in command.params if isinstance(parameter, click.Option)]
    assert [option for option in options if f"`{option}" not in section] == []
