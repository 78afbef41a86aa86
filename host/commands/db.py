"""`tsunagu db`: the database's tables."""

from __future__ import annotations

import click


@click.group()
def command() -> None:
    """Look after the database."""


@command.command()
def upgrade() -> None:
    """Make or change the tables of the host, the plugins and the job engine; safe to repeat."""
    from host.commands.common import services
    from host.storage.migrate import upgrade as upgrade_all

    site = services()
    upgrade_all(site.database, [plugin.manifest for plugin in site.registry.loaded])
    click.echo("The database is up to date.", err=True)
