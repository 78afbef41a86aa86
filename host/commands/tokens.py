"""`tsunagu tokens`: API tokens."""

from __future__ import annotations

import click


@click.group()
def command() -> None:
    """Make, list and revoke API tokens."""


@command.command()
@click.option("--name", required=True, help="What it is for.")
@click.option("--role", type=click.Choice(["admin", "agent"]), required=True)
def create(name: str, role: str) -> None:
    """Make a token and print it, this once."""
    from host.commands.common import operator, services
    from host.security.tokens import create_token
    from host.security.users import Role
    from host.storage.operations import log_operation

    site = services()
    now = site.clock()
    with site.database.writing() as connection:
        secret = create_token(connection, name=name, role=Role(role), by=operator(), now=now)
        log_operation(connection, at=now, actor=operator(), area="tokens", action="created", detail={"token": name})
    click.echo(secret)
    click.echo("Keep it safe: it is not shown again.", err=True)


@command.command("list")
def list_() -> None:
    """All tokens, without their secrets."""
    from host.commands.common import services, show, when
    from host.security.tokens import list_tokens

    site = services()
    with site.database.reading() as connection:
        tokens = list_tokens(connection)
    rows = [
        (
            str(each.id),
            each.name,
            each.role.value,
            when(each.created_at, site),
            when(each.last_used_at, site),
            when(each.revoked_at, site),
        )
        for each in tokens
    ]
    show(("id", "name", "role", "made", "last used", "revoked"), rows)


@command.command()
@click.argument("token_id", type=click.IntRange(1, 2**31 - 1), metavar="ID")
def revoke(token_id: int) -> None:
    """Refuse this token from now on."""
    from host.commands.common import operator, services
    from host.security.tokens import revoke_token
    from host.storage.operations import log_operation

    site = services()
    with site.database.writing() as connection:
        revoke_token(connection, token_id, site.clock())
        log_operation(
            connection, at=site.clock(), actor=operator(), area="tokens", action="revoked", detail={"id": token_id}
        )
    click.echo("Revoked.", err=True)
