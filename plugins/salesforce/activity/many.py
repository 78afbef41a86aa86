"""Many Tasks at once: when work has piled up, whoever holds the turn writes up to 200 of them in a few API calls.

The deliveries of those calls then find nothing left to do. What needs a closer look (a Task that was deleted, a refusal, a
clicked record, a person who writes at the same moment) is left to its own delivery.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from threading import Lock

from host.plugin_api import Call, RetryLater
from plugins.salesforce.activity.many_changed import change_many
from plugins.salesforce.activity.many_created import create_many
from plugins.salesforce.activity.many_looked_up import look_up_many
from plugins.salesforce.activity.rows import BUSY, Claim, claimed_many
from plugins.salesforce.activity.waiting import FEWEST, MOST, Waiting, waiting_with
from plugins.salesforce.activity.wish import Desk
from plugins.salesforce.client import Client

PATIENCE_SECONDS = 3.0
"""Who waits for the turn keeps a place in the worker that others need, whose calls are written already."""
AGAIN = timedelta(seconds=10)
_TURN = Lock()
"""One at a time in this process; a worker that is killed takes it along. Between processes the claims of rows decide."""
_IN_LINE: dict[str, bool] = {}
"""The calls whose deliveries wait for the turn, and whether it is their ends: whoever has it does theirs as well."""


def write_many(desk: Desk, client: Client, call: Call, *, ends: bool) -> None:
    """Write the Task of this call, and of those that wait: look them up, make the Tasks that are not there, change the rest.

    Args:
        ends: the end of this call is being delivered: its names are to be entered in the contact book.

    Raises:
        RetryLater: others had the turn for too long, or Salesforce does not answer.
    """
    _IN_LINE[call.id] = ends
    try:
        if not _TURN.acquire(timeout=PATIENCE_SECONDS):
            raise RetryLater(BUSY, after=AGAIN)
        try:
            _write(waiting_with(desk, dict(_IN_LINE)), client, call)
        finally:
            _TURN.release()
    finally:
        _IN_LINE.pop(call.id, None)


def _write(waiting: Waiting, client: Client, call: Call) -> None:
    chosen = list(islice(waiting.unwritten(), MOST))
    if len(chosen) < FEWEST:
        return
    with claimed_many(waiting.desk.context, chosen, waiting.desk.org) as claim:
        try:
            look_up_many(waiting, client, claim)
        except RetryLater:
            _write_known(waiting, client, claim)
            own = claim.rows.get(call.id)
            if own is None or waiting.is_unwritten(own):
                raise
        else:
            _write_known(waiting, client, claim)


def _write_known(waiting: Waiting, client: Client, claim: Claim) -> None:
    create_many(waiting, client, claim)
    change_many(waiting, client, claim)
