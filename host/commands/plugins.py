"""`tsunagu plugins`: how the plugins stand, and the switch of each."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from host.commands.plugins_check import check
from host.commands.plugins_new import new


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
            "own" if each.own_process else "worker",
            {True: "well", False: "not well", None: ""}[each.well],
            ", ".join(each.hooks),
            f"{each.waiting}/{each.parked}/{each.failed}",
            each.reason,
        )
        for each in states
    ]
    show(("plugin", "version", "state", "process", "health", "hooks", "waiting/parked/failed", "reason"), rows)


@command.command()
@click.argument("name")
@click.option(
    "--parked",
    type=click.Choice(["send", "drop"]),
    default="send",
    show_default=True,
    help="What becomes of the work that was put on hold because the plugin was off.",
)
def enable(name: str, parked: str) -> None:
    """Switch a plugin on, in every process at once; what was put on hold goes on or is dropped."""
    from host.commands.common import operator, services

    moved = services().registry.set_enabled(name, True, operator(), drop=parked == "drop")
    click.echo(f"{name} is on. {'Dropped' if parked == 'drop' else 'Set going again'}: {moved}.", err=True)


@command.command()
@click.argument("name")
def disable(name: str) -> None:
    """Switch a plugin off, in every process at once; its work is parked, not deleted."""
    from host.commands.common import operator, services

    moved = services().registry.set_enabled(name, False, operator())
    click.echo(f"{name} is off. Put on hold: {moved}.", err=True)


@command.command()
@click.argument("name")
@click.argument("where", type=click.Choice(["own", "worker"]))
def process(name: str, where: str) -> None:
    """Run a plugin's hooks and jobs in a process of its own, or in the worker's, from the next call on."""
    from host.commands.common import operator, services

    services().registry.set_own_process(name, where == "own", operator())
    click.echo(f"{name} runs {'in a process of its own' if where == 'own' else 'in the worker'}.", err=True)


command.add_command(check)
command.add_command(new)


@command.command()
@click.argument("names", nargs=-1)
def order(names: tuple[str, ...]) -> None:
    """Whose name is shown where several plugins know a number: print it, or put these first, in this order."""
    from host.commands.common import operator, services

    registry = services().registry
    for place, name in enumerate(names):
        registry.move(name, place, operator())
    click.echo("\n".join(registry.order()))
