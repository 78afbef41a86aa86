"""The commands `tsunagu bridge asterisk` and `tsunagu replay-ami`. Neither needs the web application."""

import logging
import os
import signal
import sqlite3
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click
import phonenumbers
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from plugins.asterisk.ami_client import Account
from plugins.asterisk.bridge import AlreadyRunningError, Bridge, BridgeConfig, SenderBrokenError, only_bridge
from plugins.asterisk.outbox import Outbox
from plugins.asterisk.parties import Site
from plugins.asterisk.sender import Receiver


def _log_lines() -> None:
    """Plain single lines in UTC on stderr."""
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(level=logging.INFO, format="%(asctime)sZ %(levelname)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%S")


def _secret(name: str) -> str:
    """A secret from the environment only: command lines can be read by everybody on the machine."""
    value = os.environ.get(name, "")
    if not value:
        raise click.UsageError(f"{name} is not set. It is read from the environment only.")
    return value


def _signing_secret() -> str:
    secret = _secret("TSUNAGU_SOURCE_SECRET")
    try:
        Webhook(secret)
    except (ValueError, EmptyWebhookSecretError) as error:
        raise click.UsageError(
            "TSUNAGU_SOURCE_SECRET is not a whsec_… secret as `tsunagu sources create` prints."
        ) from error
    return secret


@click.group()
def bridge() -> None:
    """Bring calls from a telephone system to the host."""


@bridge.command("asterisk")
@click.option(
    "--host", "ami_host", envvar="TSUNAGU_ASTERISK_HOST", default="127.0.0.1", show_default=True, help="Asterisk's AMI."
)
@click.option(
    "--port", envvar="TSUNAGU_ASTERISK_PORT", type=click.IntRange(1, 65535), default=None, help="5038, or 5039 with TLS."
)
@click.option("--username", envvar="TSUNAGU_ASTERISK_USERNAME", default="tsunagu", show_default=True)
@click.option(
    "--source", envvar="TSUNAGU_ASTERISK_SOURCE", default="asterisk", show_default=True, help="The PBX's name: `testpbx`."
)
@click.option(
    "--trunks", envvar="TSUNAGU_ASTERISK_TRUNKS", default="", help="Endpoint names of the outside lines, by comma."
)
@click.option("--tls/--no-tls", envvar="TSUNAGU_ASTERISK_TLS", default=False, help="AMI over TLS.")
@click.option(
    "--ca", envvar="TSUNAGU_ASTERISK_CA", type=click.Path(exists=True, dir_okay=False), help="CA of its certificate."
)
@click.option("--url", envvar="TSUNAGU_URL", default="http://127.0.0.1:8000", show_default=True, help="The host's address.")
@click.option(
    "--region", envvar="TSUNAGU_REGION", default="JP", show_default=True, help="Country national numbers belong to."
)
@click.option(
    "--outbox", envvar="TSUNAGU_ASTERISK_OUTBOX", type=click.Path(dir_okay=False, path_type=Path),
    default=Path("var/asterisk.db"), show_default=True, help="Where unsent events are kept.",
)  # fmt: skip
@click.option("--parked", is_flag=True, help="List the events the host refused as malformed, and leave.")
@click.option("--resend-parked", is_flag=True, help="Put them back into the queue, and leave.")
def asterisk(
    ami_host: str, port: int | None, username: str, source: str, trunks: str, tls: bool, ca: str | None,
    url: str, region: str, outbox: Path, parked: bool, resend_parked: bool,
) -> None:  # fmt: skip
    """Read an Asterisk's AMI and send its calls to the host until stopped.

    Secrets come from TSUNAGU_ASTERISK_SECRET (AMI user) and TSUNAGU_SOURCE_SECRET (this source at the host).
    """
    if parked or resend_parked:
        _show_parked(outbox, resend=resend_parked)
        return
    names = frozenset(name.strip() for name in trunks.split(",") if name.strip())
    if not names:
        raise click.UsageError(
            "Name the outside lines in --trunks or TSUNAGU_ASTERISK_TRUNKS; without them every call is internal."
        )
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise click.UsageError(f"{region} is not a country code such as JP.")
    if not url.startswith(("http://", "https://")):
        raise click.UsageError("--url needs the host's address, such as https://tsunagu.example.com.")
    account = Account(ami_host, port or (5039 if tls else 5038), username, _secret("TSUNAGU_ASTERISK_SECRET"), tls, ca)
    receiver = Receiver(url.rstrip("/"), _signing_secret())
    _run(BridgeConfig(account, receiver, f"asterisk:{source.removeprefix('asterisk:')}", Site(names, region), outbox))


def _run(config: BridgeConfig) -> None:
    _log_lines()
    if not config.account.tls and config.account.host not in ("127.0.0.1", "::1", "localhost"):
        logging.getLogger("tsunagu.asterisk").warning("AMI without TLS: secret and calls cross the network in plain text.")
    try:
        with only_bridge(config.outbox):
            running = Bridge(config)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: running.stop())
            running.run()
    except (AlreadyRunningError, SenderBrokenError) as error:
        raise click.ClickException(str(error)) from error
    except (sqlite3.Error, OSError) as error:
        raise click.ClickException(f"The outbox {config.outbox} cannot be used: {error}") from error


def _show_parked(path: Path, *, resend: bool) -> None:
    if not path.exists():
        raise click.ClickException(f"There is no outbox at {path}.")
    outbox = Outbox(path)
    for parked in outbox.parked():
        at = datetime.fromtimestamp(parked.parked_at, UTC).isoformat(timespec="seconds")
        click.echo(f"{at}  {parked.type}  {parked.call_id}  {parked.webhook_id}  {parked.reason}")
    if resend:
        click.echo(f"{outbox.resend_parked()} put back into the queue.")
    outbox.close()


@click.command("replay-ami")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=5038, show_default=True, help="0: any free one.")
@click.option("--username", envvar="TSUNAGU_ASTERISK_USERNAME", default="tsunagu", show_default=True)
@click.option("--secret", envvar="TSUNAGU_ASTERISK_SECRET", required=True, help="Better given in the environment.")
@click.option("--speed", type=click.FloatRange(0.01, 1000), default=1.0, show_default=True, help="2 plays twice as fast.")
@click.option("--gap", type=click.FloatRange(0, 3600), default=1.0, show_default=True, help="Seconds between two calls.")
@click.option(
    "--loop", type=click.FloatRange(1, 86_400), default=None, help="Play all again every so many seconds; else once."
)
@click.option("--only", multiple=True, help="Play this scenario only; may be repeated.")
def replay_ami(
    directory: Path, host: str, port: int, username: str, secret: str, speed: float, gap: float, loop: float | None,
    only: tuple[str, ...],
) -> None:  # fmt: skip
    """Play recorded AMI streams as an Asterisk would, to whoever logs in. DIRECTORY holds one folder per call."""
    from plugins.asterisk.replay import Playing, serve  # asyncio is of no use to the bridge

    try:
        serve(Playing(directory, host, port, username, secret, speed, gap, loop, only))
    except (OSError, ValueError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
