"""`tsunagu users`: the people who may log in."""

from __future__ import annotations

import sys

import click


@click.group()
def command() -> None:
    """Make and list users, set passwords."""


@command.command()
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", type=click.Choice(["admin", "agent"]), required=True)
@click.option("--extension", help="The person's telephone extension.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
def create(email: str, name: str, role: str, extension: str | None, password_stdin: bool) -> None:
    """Make a user. The password is asked for, or read from standard input."""
    from host.commands.common import operator, services
    from host.security.users import Role
    from host.users import add_user

    password = _password(from_stdin=password_stdin)
    add_user(
        services(),
        email=email,
        name=name,
        role=Role(role),
        extension=extension or "",
        password=password,
        by=operator(),
    )
    click.echo(f"{email} may log in.", err=True)


@command.command()
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
def password(email: str, password_stdin: bool) -> None:
    """Set a user's password; all their sessions end."""
    from host.commands.common import operator, services
    from host.security.users import UserError, change_password, user_with_email
    from host.storage.operations import log_operation

    site, new = services(), _password(from_stdin=password_stdin)
    with site.database.writing() as connection:
        user = user_with_email(connection, email)
        if user is None:
            raise UserError("There is no such user.")
        change_password(connection, user.id, new)
        log_operation(
            connection, at=site.clock(), actor=operator(), area="users", action="password set", detail={"user": user.id}
        )
    click.echo("The password is set.", err=True)


@command.command("list")
def list_() -> None:
    """Everybody who may log in."""
    from host.commands.common import services, show
    from host.security.users import list_users

    with services().database.reading() as connection:
        users = list_users(connection)
    rows = [(each.email, each.name, each.role.value, each.extension or "", "" if each.active else "off") for each in users]
    show(("e-mail", "name", "role", "extension", ""), rows)


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed
