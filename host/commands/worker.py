"""`tsunagu worker`: the process that delivers facts to plugins."""

from __future__ import annotations

import click


@click.command()
def command() -> None:
    """Deliver what happened to the plugins, until stopped."""
    from host.commands.common import services
    from host.delivery.worker import run_worker
    from host.web.logs import configure

    configure()
    run_worker(services())
