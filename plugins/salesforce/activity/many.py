"""Many Tasks at once: when work has piled up, whoever holds the turn writes up to 200 of them in a few API calls.

The deliveries of those calls then find nothing left to do. What needs a closer look (a Task that was deleted, a refusal, a
clicked record, a person who writes at the same moment) is left to its own delivery.
"""

from __future__ import annotations

from itertools import islice
from threading import Lock

from host.plugin_api import Call
from plugins.salesforce.activity.many_changed import change_many
from plugins.salesforce.activity.many_created import create_many
from plugins.salesforce.activity.many_looked_up import look_up_many
from plugins.salesforce.activity.rows import claimed_many
from plugins.salesforce.activity.waiting import FEW, MOST, Waiting, waiting_with
from plugins.salesforce.activity.wish import Desk
from plugins.salesforce.client import Client

PATIENCE_SECONDS = 20.0
_TURN = Lock()
"""One at a time in this process; a worker that is killed takes it along. Between processes the claims of rows decide."""


def write_many(desk: Desk, client: Client, call: Call, *, ends: bool) -> None:
    """Write the Task of this call, and of those that wait: look them up, make the Tasks that are not there, change the rest.

    Nothing is done if others have the turn for too long.

    Args:
        ends: the end of this call is being delivered: its names are to be entered in the contact book.

    Raises:
        RetryLater: Salesforce does not answer, or took very long.
    """
    if not _TURN.acquire(timeout=PATIENCE_SECONDS):
        return
    try:
        _write(waiting_with(desk, call, ends=ends), client, call)
    finally:
        _TURN.release()


def _write(waiting: Waiting, client: Client, call: Call) -> None:
    chosen = list(islice(waiting.unwritten(call.id), MOST))
    if len(chosen) < FEW:
        return
    with claimed_many(waiting.desk.context, chosen, waiting.desk.org) as claim:
        look_up_many(waiting, client, claim)
        create_many(waiting, client, claim)
        change_many(waiting, client, claim)
