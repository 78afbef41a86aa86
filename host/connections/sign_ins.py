"""Sign-ins that have left for a CRM and are not back yet: kept sealed, used once by the same browser, for ten minutes."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from host.plugin_api import NeedsConfiguration, NeedsReauthorisation, PluginContext, SignIn
from host.sentences import Sentence

NAME = "tsunagu:sign_ins"
VALID_FOR = timedelta(minutes=10)
MOST_AT_ONCE = 20
FOREIGN = Sentence("This answer of the CRM does not belong to a sign-in of this browser. Connect again.")
OVER = Sentence("This sign-in was used already or took too long. Connect again.")


def remember(context: PluginContext, method: str, begun: SignIn) -> str:
    """Keep it; gives back what must be put into the admin's session."""
    key = _fingerprint(begun.state)
    until = (context.clock() + VALID_FOR).isoformat()
    with context.exclusive(NAME):
        waiting = list(_valid(context).items())[-(MOST_AT_ONCE - 1) :]
        _write(context, {**dict(waiting), key: {"method": method, "pending": dict(begun.pending), "until": until}})
    return key


def take(context: PluginContext, state: str, session_key: str) -> tuple[str, Mapping[str, str]]:
    """The method's name and what it wants back, which is gone then.

    Raises:
        NeedsReauthorisation: it is not the state of this browser's session, or it was used or is too old.
    """
    key = _fingerprint(state)
    if not session_key or not hmac.compare_digest(key, session_key):
        raise NeedsReauthorisation(FOREIGN)
    with context.exclusive(NAME):
        waiting = _valid(context)
        found = waiting.pop(key, None)
        _write(context, waiting)
    if found is None:
        raise NeedsReauthorisation(OVER)
    return found["method"], found["pending"]


def _fingerprint(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def _valid(context: PluginContext) -> dict[str, dict[str, Any]]:
    """What cannot be read any more would have been over in minutes."""
    try:
        sealed = context.secrets.get(NAME)
    except NeedsConfiguration:
        return {}
    entries: dict[str, dict[str, Any]] = json.loads(sealed) if sealed else {}
    now = context.clock()
    return {key: entry for key, entry in entries.items() if datetime.fromisoformat(entry["until"]) > now}


def _write(context: PluginContext, entries: Mapping[str, Any]) -> None:
    context.secrets.put({NAME: json.dumps(entries) if entries else None})
