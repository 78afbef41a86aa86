"""Many Tasks at once: when work has piled up, whoever holds the turn writes up to 200 of them in a few API calls.

The deliveries of those calls then find nothing left to do. What needs a closer look (a Task that was deleted, a refusal, a
clicked record, a person who writes at the same moment) is left to its own delivery.
"""

from __future__ import annotations

from itertools import islice

from host.plugin_api import Call
from plugins.salesforce.activity.many_changed import change_many
from plugins.salesforce.activity.many_created import create_many
from plugins.salesforce.activity.many_looked_up import look_up_many
from plugins.salesforce.activity.rows import claimed_many
from plugins.salesforce.activity.waiting import FEW, MOST, waiting_with
from plugins.salesforce.activity.wish import Desk
from plugins.salesforce.client import Client

TURN = "tasks"


def write_many(desk: Desk, client: Client, call: Call, *, ends: bool) -> None:
    """Write the Task of this call, and of those that wait: look them up, make the Tasks that are not there, change the rest.

    Args:
        ends: the end of this call is being delivered: its names are to be entered in the contact book.

    Raises:
        RetryLater: others had the turn for too long, or Salesforce does not answer.
    """
    with desk.context.exclusive(TURN):
        waiting = waiting_with(desk, call, ends=ends)
        chosen = list(islice(waiting.unwritten(call.id), MOST))
        if len(chosen) < FEW:
            return
        with claimed_many(desk.context, chosen, desk.org) as claim:
            look_up_many(waiting, client, claim)
            create_many(waiting, client, claim)
            change_many(waiting, client, claim)
