"""Sign-ins that have left for Salesforce and are not back yet: kept sealed, used once, forgotten after ten minutes (R11)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from host.plugin_api import NeedsReauthorisation, PluginContext, SignIn
from plugins.salesforce.wording import N_

VALID_FOR = timedelta(minutes=10)
MOST_AT_ONCE = 20
SECRET = "sign_ins"  # noqa: S105 - the name under which they are sealed
LOCK = "sign-in"

UNKNOWN_STATE = N_(
    "This answer from Salesforce does not belong to a sign-in of this browser. Press “Connect to Salesforce” again."
)
USED_OR_EXPIRED = N_("This sign-in was used already or took too long. Press “Connect to Salesforce” again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSignIn:
    """What was kept: the auth method's name and what it wants back."""

    method: str
    pending: Mapping[str, str] = field(repr=False)


def fingerprint(state: str) -> str:
    """What stands for a state in the browser's session and in our storage."""
    return hashlib.sha256(state.encode()).hexdigest()


def remember(context: PluginContext, method: str, begun: SignIn) -> str:
    """Keep it; gives back the fingerprint that must be put into the admin's session."""
    key = fingerprint(begun.state)
    entry = {"method": method, "pending": dict(begun.pending), "until": (context.clock() + VALID_FOR).isoformat()}
    with context.exclusive(LOCK):
        waiting = _waiting(context)
        newest = dict(list(waiting.items())[-(MOST_AT_ONCE - 1) :])
        context.secrets.put({SECRET: json.dumps({**newest, key: entry})})
    return key


def take(context: PluginContext, state: str, session_key: str) -> PendingSignIn:
    """What was kept for this state, which then is gone.

    Raises:
        NeedsReauthorisation: it is not the state of this browser's session, or it was used or has expired.
    """
    key = fingerprint(state)
    if not session_key or not hmac.compare_digest(key, session_key):
        raise NeedsReauthorisation(UNKNOWN_STATE)
    with context.exclusive(LOCK):
        waiting = _waiting(context)
        entry = waiting.pop(key, None)
        context.secrets.put({SECRET: json.dumps(waiting) if waiting else None})
    if entry is None:
        raise NeedsReauthorisation(USED_OR_EXPIRED)
    return PendingSignIn(method=entry["method"], pending=entry["pending"])


def _waiting(context: PluginContext) -> dict[str, Any]:
    sealed = context.secrets.get(SECRET)
    now = context.clock()
    entries = json.loads(sealed) if sealed else {}
    return {key: entry for key, entry in entries.items() if datetime.fromisoformat(entry["until"]) > now}
