"""`tsunagu db`: the database's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from host.registry import LoadedPlugin
    from host.services import Services


@click.group()
def command() -> None:
    """Look after the database."""


@command.command()
def upgrade() -> None:
    """Make or change the tables of the host, the plugins and the job engine; safe to repeat."""
    from host.commands.common import services
    from host.storage.migrate import upgrade as upgrade_all

    site = services()
    upgrade_all(site.database, [plugin.manifest for plugin in site.registry.loaded if not plugin.is_foreign])
    failed = [name for name in (_failed(site, plugin) for plugin in site.registry.loaded if plugin.is_foreign) if name]
    if failed:
        raise click.ClickException(f"Everything is up to date but the tables of {', '.join(failed)}.")
    click.echo("The database is up to date.", err=True)


def _failed(site: Services, plugin: LoadedPlugin) -> str:
    """Bring the tables of a plugin of others up to date; its name if that failed, which stops nothing else (R35)."""
    from host.storage.migrate import branches_of, upgrade_branch

    try:
        for branch in branches_of([plugin.manifest])[1:]:
            upgrade_branch(site.database, branch)
    except Exception as error:  # noqa: BLE001 - whatever its migrations do, those of the others are run
        said = str(error).splitlines()[0] if str(error) else ""
        click.echo(f"{plugin.name}: {type(error).__name__}: {said}", err=True)
        return plugin.name
    return ""
