"""`python3 dev.py run`: a whole Tsunagu on this machine, with a Salesforce org and a telephone system to try it with."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import NoReturn

from devtools.demo.banner import complain, step, welcome
from devtools.demo.start import start
from devtools.demo.state import AlreadyRunning, only_one
from devtools.installation.browser import PageFailed
from devtools.installation.ports import PortTaken
from devtools.installation.processes import Processes, ProcessFailed

ROOT = Path(__file__).resolve().parents[1]


class Stopped(Exception):
    """Somebody asked us to end."""


def main(arguments: list[str]) -> int:
    """Run until Ctrl-C; gives back the exit code."""
    options = _options(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    folder = options.data.resolve()
    try:
        with only_one(folder), Processes(folder / "log") as processes:
            try:
                up = start(processes, folder, port=options.port, fresh=options.fresh)
                welcome(up.url, up.org_url, up.password, calls=up.calls)
                processes.watch()
            finally:
                _stop_listening()
    except Stopped:
        step("Ended; the data stays for the next start")
        return 0
    except (AlreadyRunning, PortTaken, ProcessFailed, PageFailed) as failure:
        complain(str(failure))
        return 1


def _stop(*_: object) -> NoReturn:
    raise Stopped


def _stop_listening() -> None:
    """While everything is being ended, a second Ctrl-C must not interrupt that."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py run", description="Start everything, with a demo.")
    parser.add_argument("--port", type=int, default=8000, help="where the pages are served (default 8000)")
    parser.add_argument("--fresh", action="store_true", help="forget the demo's data and begin anew")
    parser.add_argument("--data", type=Path, default=ROOT / "var" / "demo", help="the folder that keeps the demo's data")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
