"""The org's switches, all of which the control API may set."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

SEARCH_MODES = ("digits", "tokens")
LOGIN_REFUSALS = {
    "LOGIN_DURING_RESTRICTED_TIME": "You cannot log in during restricted login hours.",
    "LOGIN_DURING_RESTRICTED_DOMAIN": "You cannot log in from this IP address.",
    "ORG_LOCKED": "Your organization has been locked.",
    "TRIAL_EXPIRED": "Your trial has expired.",
    "SERVER_UNAVAILABLE": "Server Unavailable",
    "REQUEST_LIMIT_EXCEEDED": "TotalRequests Limit exceeded.",
}
"""Codes that control may let logins of an org or a user end with; texts other than the last are assumed."""


@dataclass(slots=True)
class OrgSettings:
    """Switches of one org. Seconds are real seconds of the org's clock.

    ``search_mode``: how stored phone punctuation is indexed (nobody has proved which reading is right).
    ``index_lag``: seconds until a written record can be found by SOSL.
    ``session_seconds``: idle time after which an access token or session id is dead.
    ``rotation``: every refresh gives a new refresh token and kills the old one.
    ``refresh_seconds``: how long one refresh takes, during which a second one is refused.
    ``username_password_grant``: the org's switch for that OAuth grant. ``my_domain_only``: no login at shared hosts.
    ``login_refusal``: the code every login ends with. ``failed_logins_allowed``: wrong passwords before a lockout
    of ``lockout_seconds``. ``refresh_idle_seconds``: unused for that long, a refresh token is dead.
    ``soap_login_enabled``/``api_enabled``: the org's switch for SOAP login(), its edition's API.
    ``bulk_seconds``: how long a bulk query job is in progress.
    ``long_request_seconds``/``concurrency_limit``: how many requests may run longer than that at once.
    """

    search_mode: str = "digits"
    index_lag: float = 0
    session_seconds: float = 7200
    rotation: bool = True
    refresh_seconds: float = 0.02
    pkce_required: bool = False
    daily_limit: int = 15000
    concurrency_limit: int = 25
    long_request_seconds: float = 20
    person_accounts: bool = True
    api_enabled: bool = True
    username_password_grant: bool = True
    my_domain_only: bool = False
    login_refusal: str = ""
    logins_per_hour: int = 3600
    failed_logins_allowed: int = 10
    lockout_seconds: float = 900
    refresh_idle_seconds: float = 30 * 24 * 3600
    soap_login_enabled: bool = True
    bulk_seconds: float = 0
    redirect_uris: list[str] = field(default_factory=list)

    def changed(self, changes: dict[str, Any]) -> OrgSettings:
        """Return a copy with the changes. Raises ValueError naming the first one that does not fit."""
        current = asdict(self)
        for name, value in changes.items():
            if name not in current:
                raise ValueError(f"There is no setting {name!r}; there are: {', '.join(sorted(current))}")
            current[name] = _fitting(name, value, current[name])
        return OrgSettings(**current)


def _fitting(name: str, value: Any, before: Any) -> Any:
    if isinstance(before, bool) or isinstance(value, bool):
        fits = isinstance(before, bool) and isinstance(value, bool)
    elif isinstance(before, (int, float)):
        fits = isinstance(value, (int, float)) and value >= 0
    else:
        fits = isinstance(value, type(before))
    if not fits or value not in _CHOICES.get(name, (value,)):
        raise ValueError(f"{value!r} does not fit the setting {name!r}")
    return value


_CHOICES: dict[str, tuple[str, ...]] = {"search_mode": SEARCH_MODES, "login_refusal": ("", *LOGIN_REFUSALS)}
SETTING_NAMES = tuple(f.name for f in fields(OrgSettings))
