"""``tsunagu sandbox``: serve a local Salesforce org until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from salesforce_sandbox.seed import SEEDS

if TYPE_CHECKING:
    from salesforce_sandbox.server import RunningSandbox


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
    start = _starter()
    try:
        running = start(seed, data_dir, port=port, tls_port=tls_port)
    except (OSError, OverflowError) as error:
        raise click.ClickException(f"The sandbox cannot listen: {error}") from error
    click.echo(f"sandbox http {running.http_url}")
    click.echo(f"sandbox https {running.https_url}")
    click.echo(f"sandbox ca {running.ca_file}")
    _wait_for_signal()
    running.stop()


def _starter() -> Callable[..., RunningSandbox]:
    """Import the org only now: other commands do without it, and without the package it needs beyond the host's."""
    try:
        from salesforce_sandbox.server import start
    except ModuleNotFoundError as error:
        if error.name != "lark":
            raise
        raise click.ClickException(
            "The sandbox needs the package lark, which is not installed. Install it with: pip install 'tsunagu[sandbox]'"
        ) from error
    return start


def _wait_for_signal() -> None:
    stop = threading.Event()

    def end(*_: Any) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    stop.wait()
