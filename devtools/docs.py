"""`python3 dev.py docs`: builds the docs as a site into var/site; with `--serve`, shows it and follows each change."""

from __future__ import annotations

import argparse
import os
import sys

from devtools.checks import ROOT
from devtools.checks.site import built

SITE = ROOT / "var" / "site"


def main(arguments: list[str]) -> int:
    """Gives back the exit code."""
    options = _options(arguments)
    if options.serve:
        os.execv(sys.executable, [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{options.port}"])
    faults = built(SITE)
    print("\n".join(faults) if faults else f"Built: {SITE / 'index.html'}")
    return 1 if faults else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py docs", description="Build the docs as a site into var/site.")
    parser.add_argument("--serve", action="store_true", help="show it in the browser, and follow each change")
    parser.add_argument("--port", type=int, default=8100, help="where to show it (default: %(default)s)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
