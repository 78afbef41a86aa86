"""A worker whose clock goes faster: what waits for half a minute waits for seconds. Given: since when, and how much."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from host.config import read_config
from host.delivery.worker import run_worker
from host.services import build_services
from host.web.logs import configure


def main(begun: str, speed: str) -> None:
    began, times = datetime.fromisoformat(begun), float(speed)

    def clock() -> datetime:
        return began + times * (datetime.now(UTC) - began)

    configure()
    run_worker(build_services(read_config(), clock=clock))


if __name__ == "__main__":
    main(*sys.argv[1:])
