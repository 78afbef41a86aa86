"""Sign-ins that have left for Salesforce and are not back yet: kept sealed, used once, forgotten after ten minutes (R11)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from host.plugin_api import NeedsReauthorisation, PluginContext, SignIn
from plugins.salesforce.short_lived import ShortLived
from plugins.salesforce.wording import N_

SIGN_INS = ShortLived("sign_ins")

UNKNOWN_STATE = N_(
    "This answer from Salesforce does not belong to a sign-in of this browser. Press “Connect to Salesforce” again."
)
USED_OR_EXPIRED = N_("This sign-in was used already or took too long. Press “Connect to Salesforce” again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSignIn:
    """What was kept: the auth method's name and what it wants back. `to_change`: it is only tried, to change the method."""

    method: str
    pending: Mapping[str, str] = field(repr=False)
    to_change: bool = False


def fingerprint(state: str) -> str:
    """What stands for a state in the browser's session and in our storage."""
    return hashlib.sha256(state.encode()).hexdigest()


def remember(context: PluginContext, method: str, begun: SignIn, *, to_change: bool = False) -> str:
    """Keep it; gives back the fingerprint that must be put into the admin's session."""
    key = fingerprint(begun.state)
    SIGN_INS.put(context, key, {"method": method, "pending": dict(begun.pending), "to_change": to_change})
    return key


def take(context: PluginContext, state: str, session_key: str) -> PendingSignIn:
    """What was kept for this state, which then is gone.

    Raises:
        NeedsReauthorisation: it is not the state of this browser's session, or it was used or has expired.
    """
    key = fingerprint(state)
    if not session_key or not hmac.compare_digest(key, session_key):
        raise NeedsReauthorisation(UNKNOWN_STATE)
    SIGN_INS.sweep(context)
    entry = SIGN_INS.take(context, key)
    if entry is None:
        raise NeedsReauthorisation(USED_OR_EXPIRED)
    return PendingSignIn(method=entry["method"], pending=entry["pending"], to_change=entry["to_change"])
