"""What the commands share: the services, who is at the keyboard, and tables."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table

from host.config import read_config
from host.services import Services, build_services

_WHOLE = 2000
"""Columns: wide enough that nothing is cut where no person's screen sets the width."""


def services() -> Services:
    """The services as the environment describes them."""
    return build_services(read_config())


def operator() -> str:
    """Who is at the command line, for the operation log."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "command line"


def show(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on standard output."""
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*row)
    Console(soft_wrap=True, width=None if sys.stdout.isatty() else _WHOLE).print(table)


def when(moment: datetime | None, site: Services) -> str:
    """A moment in the site's zone; empty if there is none."""
    return moment.astimezone(site.config.timezone).strftime("%Y-%m-%d %H:%M") if moment else ""
