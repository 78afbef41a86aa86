"""The command `tsunagu`: finds commands, its own and those of installed packages, and says errors in one line."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import click

GROUP = "tsunagu.commands"
OWN = {
    "web": "Serve the pages and the REST API.",
    "worker": "Deliver what happened to the plugins.",
    "db": "Look after the database.",
    "plugins": "List plugins, switch them on and off.",
    "errors": "What plugins could not do: list it, try it again, drop it.",
    "jobs": "Jobs by the clock: list them, start and stop one.",
    "users": "Make and list users, set passwords.",
    "tokens": "Make, list and revoke API tokens.",
    "sources": "Telephone systems that may send events.",
    "secrets": "Look after the encryption keys.",
}


class UnusableCommand(click.Command):
    """A command of another package that cannot be imported: it says so, and the others go on."""

    def __init__(self, entry: EntryPoint, reason: str) -> None:
        super().__init__(entry.name, short_help=f"(cannot be used: {reason})", add_help_option=False)
        self.ignore_unknown_options = True
        self._said = f"`{entry.name}` of {entry.value} cannot be imported: {reason}"

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ARG002 - click's signature
        raise click.ClickException(self._said)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:  # noqa: ARG002 - click's signature
        return []


class Commands(click.Group):
    """The host's commands and those installed under the entry-point group tsunagu.commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return [*OWN, *sorted(set(_installed()) - set(OWN))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name in OWN:
            command: click.Command = import_module(f"host.commands.{cmd_name}").command
            return command
        entry = _installed().get(cmd_name)
        return _loaded(entry) if entry else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The host's own texts are at hand, so that help does not wait for imports."""
        others = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx) if name not in OWN]
        texts = {**OWN, **{name: command.get_short_help_str(100) for name, command in others if command}}
        with formatter.section("Commands"):
            formatter.write_dl(list(texts.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            sentence = _sentence(error)
            if sentence is None:
                raise
            raise click.ClickException(sentence) from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    help="A file of TSUNAGU_… settings; the environment's own win. Default: what TSUNAGU_ENV_FILE names.",
)
@click.version_option(package_name="tsunagu")
def main(env_file: Path | None) -> None:
    """Tsunagu: a telephony host whose plugins tell you who called."""
    if env_file is not None:
        os.environ["TSUNAGU_ENV_FILE"] = str(env_file.absolute())


def _installed() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _loaded(entry: EntryPoint) -> click.Command:
    try:
        command = entry.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever another package does wrong, the other commands work
        return UnusableCommand(entry, f"{type(error).__name__}: {error}")
    if not isinstance(command, click.Command):
        return UnusableCommand(entry, "it is no click command")
    return command


def _sentence(error: Exception) -> str | None:
    """What to say instead of a traceback: errors made for people, and a database that does not answer."""
    if "sqlalchemy" in sys.modules:
        from sqlalchemy.exc import OperationalError, ProgrammingError

        if isinstance(error, OperationalError | ProgrammingError):
            cause = next(iter(str(error.orig).splitlines()), type(error.orig).__name__)
            return f"The database says: {cause}. Is TSUNAGU_DATABASE_URL right, and has `tsunagu db upgrade` run?"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    from host.commands.refusals import REFUSALS

    return str(error) if isinstance(error, REFUSALS) else None


if __name__ == "__main__":
    main()
