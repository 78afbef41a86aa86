"""What every event asks of the database and hardly ever changes, kept for a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from sqlalchemy import Connection

from host.storage.engine import Database

KEPT_SECONDS = 1.0
Read = TypeVar("Read")


class Kept(Generic[Read]):
    """The answer of one question in one process: `ask` reads it.

    What changes meanwhile holds here a second later at most.
    """

    def __init__(self, database: Database, ask: Callable[[Connection], Read]) -> None:
        self._database = database
        self._ask = ask
        self._answer: tuple[float, Read] | None = None

    def kept(self) -> Read:
        """As it was a second ago at most."""
        answer = self._answer
        return answer[1] if answer and time.monotonic() - answer[0] < KEPT_SECONDS else self.fresh()

    def fresh(self) -> Read:
        """As it is now."""
        read_at = time.monotonic()
        with self._database.reading() as connection:
            read = self._ask(connection)
        self._answer = (read_at, read)
        return read
