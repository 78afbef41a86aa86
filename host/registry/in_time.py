"""Work of others that is waited for so long and no longer: what hangs is left behind in a thread of its own (R35)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

T = TypeVar("T")


class OutOfTime(Exception):
    """It was not done in time."""


def in_time(work: Callable[[], T], seconds: float, name: str) -> T:
    """What `work` gives back. `name` is that of its thread.

    Raises:
        OutOfTime: it has not come back after so many seconds; nobody hears what becomes of it.
        BaseException: what `work` raises, `SystemExit` too.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for
            outcome.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    wait([outcome], seconds)
    if not outcome.done():
        raise OutOfTime
    return outcome.result()
