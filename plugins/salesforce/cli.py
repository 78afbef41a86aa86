"""`tsunagu salesforce`: for operators, also where the page lets nobody disconnect (R17)."""

from __future__ import annotations

from collections.abc import Iterator

import click

from host.plugin_api import PluginContext, PluginError
from host.plugin_api.commands import command_context
from plugins.salesforce.api_state import org_key, read_figures
from plugins.salesforce.connecting import disconnect as end_connection
from plugins.salesforce.connection import NOT_CONNECTED, ConnectionInfo, connection_from

ACTOR = "command line"


@click.group(short_help="The connection to Salesforce: status, disconnect.")
def salesforce() -> None:
    """The connection to Salesforce."""


@salesforce.command()
def status() -> None:
    """With which org and user this installation is connected."""
    context = command_context("salesforce")
    info = connection_from(context.settings.read())
    if info is None:
        click.echo(NOT_CONNECTED)
        return
    for title, value in _facts(context, info):
        click.echo(f"{title:<16}{value}")


def _facts(context: PluginContext, info: ConnectionInfo) -> Iterator[tuple[str, str]]:
    yield "state", f"lost since {info.lost_at}: {info.lost_because}" if info.lost else "connected"
    yield "auth method", info.method
    yield "org", f"{info.org_name} ({info.org_id})"
    yield "user", info.username
    yield "server", info.instance_url
    yield "API version", info.api_version
    yield "connected", f"{info.connected_at:%Y-%m-%d %H:%M} UTC by {info.connected_by}"
    told = read_figures(context, org_key(info.org_id))
    if told and told.total:
        yield "API calls", f"{told.used} of {told.total} in 24 hours, as of {told.answered_at:%Y-%m-%d %H:%M} UTC"


@salesforce.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def disconnect(*, yes: bool) -> None:
    """End the connection: revoke it at Salesforce where the auth method can, and delete the tokens or password here."""
    context = command_context("salesforce")
    if not yes:
        click.confirm("Disconnect from Salesforce? No names are fetched until somebody connects again", abort=True)
    try:
        end_connection(context, ACTOR)
    except PluginError as problem:
        raise click.ClickException(problem.message) from None
    click.echo("Disconnected.")
