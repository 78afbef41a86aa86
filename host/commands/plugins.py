"""`tsunagu plugins`: how the plugins stand, and the switch of each."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from host.commands.plugins_check import check


@click.group()
def command() -> None:
    """List plugins, switch them on and off."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
def list_(as_json: bool) -> None:
    """All installed plugins, those that cannot be loaded too."""
    from host.commands.common import services, show

    states = services().registry.states()
    if as_json:
        click.echo(json.dumps([asdict(state) for state in states], default=str, ensure_ascii=False, indent=2))
        return
    rows = [
        (
            each.name,
            each.version,
            each.state,
            ", ".join(each.hooks),
            f"{each.waiting}/{each.parked}/{each.failed}",
            each.reason,
        )
        for each in states
    ]
    show(("plugin", "version", "state", "hooks", "waiting/parked/failed", "reason"), rows)


@command.command()
@click.argument("name")
def enable(name: str) -> None:
    """Switch a plugin on, in every process at once; its parked work goes on."""
    _switch(name, on=True)


@command.command()
@click.argument("name")
def disable(name: str) -> None:
    """Switch a plugin off, in every process at once; its work is parked, not deleted."""
    _switch(name, on=False)


command.add_command(check)


def _switch(name: str, *, on: bool) -> None:
    from host.commands.common import operator, services

    services().registry.set_enabled(name, on, operator())
    click.echo(f"{name} is {'on' if on else 'off'}.", err=True)
