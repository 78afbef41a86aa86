"""`python3 dev.py check`: what can be judged without running the product; a table, and exit code 1 on any fault."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from devtools.checks.catalogues import incomplete_catalogues
from devtools.checks.links import broken_links
from devtools.checks.migrations import migrations_behind_models
from devtools.checks.site import faults_of_site
from devtools.checks.sizes import oversized
from devtools.checks.tools import faults_of

CHECKS: dict[str, Callable[[], list[str]]] = {
    "ruff check": lambda: faults_of("ruff", "check", "--no-cache", "--output-format", "concise", "."),
    "ruff format": lambda: faults_of("ruff", "format", "--check", "."),
    "mypy --strict": lambda: faults_of("mypy", "--strict", "--no-error-summary"),
    "import rules": lambda: faults_of("lint-imports", "--no-logo"),
    "translations": incomplete_catalogues,
    "migrations": migrations_behind_models,
    "links in docs": broken_links,
    "docs as a site": faults_of_site,
    "sizes": oversized,
}


def main(names: list[str]) -> int:
    """Run the named checks (all without a name); gives back the exit code."""
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        print(f"There is no check named {unknown[0]!r}. There are: {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    console = Console()
    table = Table("check", "result", "seconds")
    faults = 0
    for name in names or CHECKS:
        with console.status(f"{name} …"):
            started = time.monotonic()
            found = CHECKS[name]()
        for fault in found:
            console.print(fault, markup=False, highlight=False, soft_wrap=True)
        faults += len(found)
        table.add_row(name, "[red]failed[/]" if found else "[green]ok[/]", f"{time.monotonic() - started:.1f}")
    console.print(table)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
