"""`python3 dev.py bench [name ...] [--json]`: the command line of the measurements."""

from __future__ import annotations

import argparse
import importlib
import sys

from rich.console import Console

from devtools.bench.figure import Figure, as_json, as_table
from devtools.bench.scratch import KINDS, Scratch

WIDEST_TABLE = 120  # so that nothing is cut off when the output goes into a file
NAMES = ("ingest", "delivery", "apicalls", "bulk", "activity", "ringing", "agents", "history", "sandbox")


def main(arguments: list[str]) -> int:
    """Measure and print; the exit code is 1 if a bar does not hold."""
    options = _options(arguments)
    progress = Console(stderr=True)
    figures: list[Figure] = []
    with Scratch(tuple(options.database or KINDS)) as scratch:
        for name in options.name or NAMES:
            with progress.status(f"measuring {name} …"):
                for figure in importlib.import_module(f"devtools.bench.{name}").measure(scratch, options.size):
                    figures.append(figure)
                    if options.json:
                        print(as_json([figure]), flush=True)
    if not options.json:
        as_table(figures, Console(width=max(Console().width, WIDEST_TABLE)))
    return 0 if all(figure.holds for figure in figures) else 1


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py bench", description="Measure speed, each figure beside its baseline.")
    parser.add_argument("name", nargs="*", help=f"what to measure: {', '.join(NAMES)}; all of them without a name")
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument(
        "--size", type=float, default=1.0, help="share of the full amount of data, for trying out (default 1)"
    )
    parser.add_argument("--database", action="append", choices=KINDS, help="only this database")
    options = parser.parse_args(arguments)
    unknown = set(options.name) - set(NAMES)
    if unknown or options.size <= 0:
        parser.error(f"there is no {min(unknown)!r}" if unknown else "--size has to be above 0")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
