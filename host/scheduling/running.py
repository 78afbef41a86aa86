"""One run under way: what the job is given to keep its progress and to ask whether it should end."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from threading import Event
from typing import Any

from sqlalchemy.exc import OperationalError

from host.plugin_api import RetryLater, RunLost
from host.scheduling.ledger import ClaimedRun, RunLedger
from host.sentences import Sentence
from host.storage.engine import Database
from host.storage.texts import storable, storable_count

ASK_SECONDS = 1.0
LARGEST = 2**31 - 1


class RunUnderWay:
    """A `JobRun`.

    Args:
        over: set when the worker is to end.
    """

    def __init__(self, database: Database, ledger: RunLedger, claimed: ClaimedRun, over: Event) -> None:
        self._database = database
        self._ledger = ledger
        self._over = over
        self._kept = dict(claimed.kept)
        self._asked = 0.0
        self.claimed = claimed
        self.told = False
        self.given_up = False
        self.heard_at = time.monotonic()

    @property
    def id(self) -> int:
        return self.claimed.id

    @property
    def due_at(self) -> datetime:
        return self.claimed.due_at

    @property
    def kept(self) -> Mapping[str, Any]:
        return self._kept

    def keep(self, state: Mapping[str, Any], *, done: int, total: int, message: str = "", api_calls: int = 0) -> None:
        self._give_sign_of_life()
        kept = json.loads(json.dumps(dict(state), allow_nan=False))
        progress = {
            "kept": kept,
            "done": _storable(done),
            "total": _storable(total),
            "message": storable(message),
            "api_calls": storable_count(api_calls),
        }
        with _answering(), self._database.writing() as connection:
            ours = self._ledger.keep(connection, self.claimed, progress)
        if not ours:
            raise RunLost("This run was taken away: the worker was taken for dead, or the job gave no sign of life.")
        self._kept = kept

    def stopping(self) -> bool:
        self._give_sign_of_life()
        self.told = self.told or self._over.is_set() or self._wished_to_end()
        return self.told

    def _give_sign_of_life(self) -> None:
        self.heard_at = time.monotonic()

    def _wished_to_end(self) -> bool:
        """Reads the database once a second at most, so that a job may ask as often as it likes."""
        if self.heard_at - self._asked < ASK_SECONDS:
            return False
        self._asked = self.heard_at
        with _answering(), self._database.reading() as connection:
            wishes = self._ledger.wishes(connection, self.claimed)
        return wishes is None or wishes.stop_requested or not wishes.switched_on


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise RetryLater(Sentence("The database did not answer. The job is tried again by itself.")) from error


def _storable(count: int) -> int:
    return max(0, min(count, LARGEST))
