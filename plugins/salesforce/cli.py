"""`tsunagu salesforce`: for operators, also where the page lets nobody disconnect (R17)."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from host.plugin_api import PluginContext, PluginError, Skipped
from host.plugin_api.commands import command_context
from plugins.salesforce.api_state import org_key, read_figures
from plugins.salesforce.bulk_fetch import JOB as BULK_FETCH
from plugins.salesforce.bulk_fetch import connection_in_bulk
from plugins.salesforce.connecting import run_test
from plugins.salesforce.connection import NOT_CONNECTED, ConnectionInfo, connection_from, read_connection
from plugins.salesforce.disconnecting import Disconnected
from plugins.salesforce.disconnecting import disconnect as end_connection
from plugins.salesforce.former import formers
from plugins.salesforce.former import restore as restore_settings
from plugins.salesforce.printed_test import printed
from plugins.salesforce.rights import record_from

ACTOR = "command line"


@click.group(short_help="The connection to Salesforce: status, test, disconnect.")
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


def _state(info: ConnectionInfo) -> str:
    if info.lost:
        return f"lost since {info.lost_at}: {info.lost_because}"
    return f"not let in: {info.barred_because}" if info.barred_because else "connected"


def _facts(context: PluginContext, info: ConnectionInfo) -> Iterator[tuple[str, str]]:
    yield "state", _state(info)
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
def test() -> None:
    """Test the connection: versions, access, every right that is needed. Ends with 1 if something needs attention."""
    context = command_context("salesforce")
    try:
        run_test(context, ACTOR)
    except PluginError as problem:
        if read_connection(context) is None:
            raise click.ClickException(problem.message) from None
    last = record_from(context.settings.read()).last
    if last is not None:
        click.echo("\n".join(printed(last)))
        sys.exit(1 if last.needs_attention else 0)


@salesforce.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--anyway", is_flag=True, help="Also if Salesforce cannot be told; remove the access there by hand.")
@click.option("--drop-parked", is_flag=True, help="Drop the work that waits for this org instead of keeping it.")
def disconnect(*, yes: bool, anyway: bool, drop_parked: bool) -> None:
    """End the connection: revoke it at Salesforce where the auth method can, and delete the tokens or password here.

    Its settings are kept, and hold again when the same org is connected again.
    """
    context = command_context("salesforce")
    if read_connection(context) is None:
        raise click.ClickException(NOT_CONNECTED)
    if not yes:
        click.confirm("Disconnect from Salesforce? No names are fetched until somebody connects again", abort=True)
    try:
        done = end_connection(context, ACTOR, anyway=anyway)
    except PluginError as problem:
        raise click.ClickException(f"{problem.message} Nothing was changed; --anyway disconnects here only.") from None
    for line in _outcome(context, done, drop=drop_parked):
        click.echo(line)


def _outcome(context: PluginContext, done: Disconnected, *, drop: bool) -> Iterator[str]:
    yield f"Disconnected from {done.info.org_name or done.info.org_id} ({done.info.username})."
    if not done.revoked:
        yield "Salesforce could not be told: remove the access there (Setup, Connected Apps OAuth Usage)."
    yield "The settings are kept; they hold again when this org is connected again."
    key = org_key(done.info.org_id)
    waiting = context.aside.counts().get(key, 0)
    if waiting and drop:
        yield f"Dropped: {context.aside.drop(key, ACTOR)} deliveries that waited for this org."
    elif waiting:
        yield f"Kept: {waiting} deliveries that wait for this org."


@salesforce.command()
@click.argument("org", required=False)
def restore(*, org: str | None) -> None:
    """Use the settings kept of an earlier connection; without ORG, list what is kept."""
    context = command_context("salesforce")
    if org is None:
        for line in _kept(context):
            click.echo(line)
        return
    if read_connection(context) is None:
        raise click.ClickException(NOT_CONNECTED)
    if not restore_settings(context, org, ACTOR):
        raise click.ClickException(f"No settings are kept for the org {org}. Without ORG, this command lists what is kept.")
    context.resume_parked()
    click.echo("The kept settings hold now.")


def _kept(context: PluginContext) -> Iterator[str]:
    kept = [former for former in formers(context.settings.read()) if former.settings is not None]
    if not kept:
        yield "No settings are kept."
    for former in kept:
        yield f"{former.key}  {former.title}  disconnected {former.ended_at:%Y-%m-%d %H:%M} UTC by {former.ended_by}"


@salesforce.command("fetch-now")
def fetch_now() -> None:
    """Start the bulk fetch now, where it is chosen; a worker does it."""
    context = command_context("salesforce")
    ready = connection_in_bulk(context)
    if isinstance(ready, Skipped):
        raise click.ClickException(ready.reason)
    context.jobs.start(BULK_FETCH.name, ACTOR)
    click.echo("The bulk fetch begins as soon as a worker is free.")
