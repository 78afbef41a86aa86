"""`tsunagu sources`: telephone systems that may send events, and their secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from host.services import Services


@click.group()
def command() -> None:
    """Telephone systems that may send events."""


@command.command()
@click.argument("name")
def create(name: str) -> None:
    """Make a source ("asterisk:main") and print its secret, this once."""
    from host.security.event_sources import create_source

    _print_secret(name, "created", lambda connection, site: create_source(connection, site.sealer, name, site.clock()))


@command.command()
@click.argument("name")
def rotate(name: str) -> None:
    """Print a new secret. The one before stays valid until `retire` or the next rotation."""
    from host.security.event_sources import rotate_source

    _print_secret(name, "secret rotated", lambda connection, site: rotate_source(connection, site.sealer, name))


@command.command()
@click.argument("name")
def retire(name: str) -> None:
    """End a rotation: the earlier secret is refused from now on."""
    from host.commands.common import services
    from host.security.event_sources import retire_previous

    site = services()
    with site.database.writing() as connection:
        retire_previous(connection, name)
        _log(connection, site, name, "earlier secret retired")
    click.echo("Only the newest secret is valid now.", err=True)


@command.command("list")
def list_() -> None:
    """All sources, without their secrets."""
    from sqlalchemy import select

    from host.commands.common import services, show, when
    from host.storage.tables import event_sources

    site = services()
    with site.database.reading() as connection:
        rows = connection.execute(select(event_sources).order_by(event_sources.c.name)).all()
    columns = ("source", "made", "last heard", "rotation")
    show(
        columns,
        [
            (
                row.name,
                when(row.created_at, site),
                when(row.last_event_at, site),
                "two secrets" if row.sealed_previous_secret else "",
            )
            for row in rows
        ],
    )


def _print_secret(name: str, action: str, make: Callable[[Connection, Services], str]) -> None:
    from host.commands.common import services

    site = services()
    with site.database.writing() as connection:
        secret = make(connection, site)
        _log(connection, site, name, action)
    click.echo(secret)
    click.echo("Keep it safe: it is not shown again.", err=True)


def _log(connection: Connection, site: Services, name: str, action: str) -> None:
    from host.commands.common import operator
    from host.storage.operations import log_operation

    log_operation(connection, at=site.clock(), actor=operator(), area="sources", action=action, detail={"source": name})
