"""`tsunagu secrets`: what is kept encrypted."""

from __future__ import annotations

import click


@click.group()
def command() -> None:
    """Look after the encryption keys."""


@command.command()
def rotate() -> None:
    """Seal every stored secret anew with the first of TSUNAGU_ENCRYPTION_KEYS."""
    from host.commands.common import operator, services
    from host.security.rotation import reseal_all
    from host.storage.operations import log_operation

    site = services()
    with site.database.writing() as connection:
        number = reseal_all(connection, site.sealer)
        log_operation(
            connection, at=site.clock(), actor=operator(), area="secrets", action="resealed", detail={"number": number}
        )
    click.echo(f"{number} secrets are sealed with the first key. The others may be removed from the list now.", err=True)
