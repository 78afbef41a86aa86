"""The operation log: who did what, when (R18)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from host.plugin_api.operations import Changed
from host.sentences import Sentence
from host.storage.tables import operation_log
from host.storage.texts import storable, storable_json

LONGEST_ACTOR = 254
LONGEST_ACTION = 100


def log_operation(
    connection: Connection, *, at: datetime, actor: str, area: str, action: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Write one line.

    Args:
        area: "plugins", "users" … or a plugin's name.
        detail: JSON values, `Sentence`s and `Changed`s by label; no secret and no personal data.
    """
    line = {
        "happened_at": at,
        "actor": storable(str(actor))[:LONGEST_ACTOR],
        "area": area,
        "action": storable(str(action))[:LONGEST_ACTION],
        "detail": {storable(str(name)): _stored(value) for name, value in (detail or {}).items()},
    }
    connection.execute(insert(operation_log).values(line))


def _stored(value: Any) -> Any:
    if isinstance(value, Changed):
        return {"before": _stored(value.before), "after": _stored(value.after)}
    return storable(value) if isinstance(value, Sentence) else storable_json(value)
