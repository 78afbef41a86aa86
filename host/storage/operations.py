"""The operation log: who did what, when (R18)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from host.storage.tables import operation_log


def log_operation(
    connection: Connection, *, at: datetime, actor: str, area: str, action: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Write one line. `area` is "plugins", "users" … or a plugin's name; `detail` holds no secret and no personal data."""
    connection.execute(
        insert(operation_log).values(happened_at=at, actor=actor, area=area, action=action, detail=dict(detail or {}))
    )
