"""`tsunagu errors`: what plugins could not do, by its reason; try it again or drop it (R31, B5)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from host.delivery.mending import Chosen, Mended
    from host.services import Services


@click.group()
def command() -> None:
    """What plugins could not do: list it, try it again, drop it."""


@command.command("list")
@click.option("--plugin", default="", help="Of this plugin only.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
def list_(plugin: str, as_json: bool) -> None:
    """Stopped work by its reason, the biggest groups first."""
    from host.commands.common import services, show, when
    from host.delivery.inbox import reason_groups

    site = services()
    with site.database.reading() as connection:
        groups = reason_groups(connection, plugin)
    if as_json:
        click.echo(json.dumps([asdict(group) for group in groups.shown], default=str, ensure_ascii=False, indent=2))
        return
    rows = [
        (each.plugin, each.reason, str(each.stopped), when(each.since, site), when(each.latest, site), each.message)
        for each in groups.shown
    ]
    show(("plugin", "reason", "stopped", "since", "latest", "what happened"), rows)
    if groups.more:
        click.echo(f"{groups.more} more reasons with less work are not shown.", err=True)


def _named(function: Callable[..., None]) -> Callable[..., None]:
    """The options that name stopped work."""
    options = (
        click.option("--plugin", default="", help="Of this plugin."),
        click.option("--reason", default="", help="For this reason only: a key that `list` shows."),
        click.option("--delivery", "deliveries", type=click.IntRange(1, 2**31 - 1), multiple=True, help="One; repeatable."),
        click.option("--all", "everything", is_flag=True, help="Everything that is stopped."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@command.command()
@_named
def retry(**named: Any) -> None:
    """Try stopped work again."""
    from host.delivery.mending import retry_errors

    _mend(retry_errors, named, "set going again")


@command.command()
@_named
@click.confirmation_option(prompt="It will not be sent any more. Drop it?", help="Do not ask.")
def drop(**named: Any) -> None:
    """Drop stopped work: it is not sent any more."""
    from host.delivery.mending import drop_errors

    _mend(drop_errors, named, "dropped")


def _mend(act: Callable[[Services, Chosen, str], Mended], named: dict[str, Any], done: str) -> None:
    from host.commands.common import operator, services

    chosen, site, total = _chosen(**named), services(), 0
    while True:
        mended = act(site, chosen, operator())
        total += mended.count
        if not mended.unfinished:
            break
    click.echo(f"{total} {done}.", err=True)


def _chosen(plugin: str, reason: str, deliveries: tuple[int, ...], everything: bool) -> Chosen:
    from host.delivery.mending import Chosen

    ways = (bool(plugin), bool(deliveries), everything)
    if sum(ways) != 1 or (reason and not plugin):
        raise click.UsageError("Give either --plugin (with or without --reason), or --delivery, or --all.")
    return Chosen(deliveries=frozenset(deliveries), plugin=plugin, reason=reason)
