"""Marks a call as changed, which also locks it: what every use case that adds to a call does first."""

from __future__ import annotations

from sqlalchemy import Connection, update

from host.call_errors import CallNotFound
from host.domain.ids import is_call_id
from host.sentences import Sentence
from host.services import Services
from host.storage.tables import calls


def touch_call(connection: Connection, services: Services, call_id: str) -> None:
    """Open pages show the call anew, and two writers take turns.

    Raises:
        CallNotFound: there is no such call.
    """
    changed = update(calls).where(calls.c.id == call_id).values(updated_at=services.clock())
    if not is_call_id(call_id) or not connection.execute(changed).rowcount:
        raise CallNotFound(Sentence("There is no such call."))
