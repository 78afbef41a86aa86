"""``tsunagu sandbox``: serve a local Salesforce org until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

import click

from salesforce_sandbox.seed.org import SEEDS


@click.command()
@click.option("--port", default=0, show_default=True, help="Port for plain HTTP; 0 lets the system choose.")
@click.option("--tls-port", default=0, show_default=True, help="Port for HTTPS; 0 lets the system choose.")
@click.option("--seed", type=click.Choice(SEEDS), default="demo", show_default=True, help="What a new org holds.")
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep data, tokens and certificates here. Without it everything is gone at the end.",
)
def sandbox(port: int, tls_port: int, seed: str, data_dir: Path | None) -> None:
    """Serve a local Salesforce org on 127.0.0.1."""
    # Imported here so that other commands do not load the whole org.
    from salesforce_sandbox.server import start

    try:
        running = start(seed, data_dir, port=port, tls_port=tls_port)
    except (OSError, OverflowError) as error:
        raise click.ClickException(f"The sandbox cannot listen: {error}") from error
    click.echo(f"sandbox http {running.http_url}")
    click.echo(f"sandbox https {running.https_url}")
    click.echo(f"sandbox ca {running.ca_file}")
    _wait_for_signal()
    running.stop()


def _wait_for_signal() -> None:
    stop = threading.Event()

    def end(*_: Any) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    stop.wait()
