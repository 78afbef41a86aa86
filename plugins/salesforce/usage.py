"""When Salesforce last answered, and how many API calls the org has left: from the `Sforce-Limit-Info` header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from host.plugin_api import PluginContext

WRITE_EVERY = timedelta(seconds=60)
_lock = Lock()
_written: dict[str, datetime] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """`used` of `total` API calls of the org in the last 24 hours; None where Salesforce did not say."""

    answered_at: datetime
    used: int | None = None
    total: int | None = None


def note(context: PluginContext, counts: tuple[Any, ...] | None) -> None:
    """Remember it, at most once a minute in each process: a look-up must not cost a write for this."""
    now = context.clock()
    if _due(context.site.url, now):
        used, total = counts[:2] if counts else (None, None)
        context.settings.write({"usage": {"answered_at": now.isoformat(), "used": used, "total": total}})


def _due(site: str, now: datetime) -> bool:
    with _lock:
        last = _written.get(site)
        if last is not None and last <= now < last + WRITE_EVERY:
            return False
        _written[site] = now
        return True


def usage_from(stored: Mapping[str, Any]) -> Usage | None:
    """The usage among the plugin's stored settings."""
    value = stored.get("usage")
    if not value:
        return None
    return Usage(answered_at=datetime.fromisoformat(value["answered_at"]), used=value["used"], total=value["total"])
