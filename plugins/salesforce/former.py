"""Connections that were ended: their settings are kept, to be restored when the same org is connected again (B16)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from host.plugin_api import PluginContext, changes
from plugins.salesforce.activity_told import told_activity
from plugins.salesforce.api_state import org_key
from plugins.salesforce.assignees import ASSIGNEES, assignees_from
from plugins.salesforce.auth.methods import auth_method
from plugins.salesforce.budget import RESERVE_SETTING
from plugins.salesforce.bulk_windows import FROM, OWED, REACHED
from plugins.salesforce.connection import REFRESH_LOCK, ConnectionInfo, connection_from
from plugins.salesforce.domain.activity.settings import activity_from
from plugins.salesforce.fetch_setting import TITLES, fetch_in_effect
from plugins.salesforce.preferences import FetchSetting, preferences_from
from plugins.salesforce.wording import N_

FORMER = "former_connections"
MOST = 10

OF_CONNECTION = frozenset({"connection", "schema", "task_schema", "test"})
"""What is known of the org itself: forgotten when the connection ends."""

STAYING = frozenset({FORMER, "last_org_id", "login_host", "client_id", "api_version", FROM, OWED, REACHED})
"""What belongs to the site and its app, or only says how far something is: left alone when the connection ends."""

LABELS = {
    "fetch": N_("fetching contacts"),
    "unticked": N_("fields that do not count"),
    RESERVE_SETTING: N_("reserve of API calls"),
}

TOLD_APART = frozenset({"activity", ASSIGNEES})
"""Settings of several parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """A connection that was ended. `settings` is None once they were restored or discarded."""

    org_id: str
    org_name: str
    username: str
    ended_at: datetime
    ended_by: str
    settings: Mapping[str, Any] | None

    @property
    def key(self) -> str:
        return org_key(self.org_id)

    @property
    def title(self) -> str:
        """What people call the org."""
        return self.org_name or self.org_id


def connection_settings(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The settings an admin made for this connection: all but what is named above, so that later ones are among them."""
    return {name: value for name, value in stored.items() if name not in OF_CONNECTION | STAYING}


def ended(stored: Mapping[str, Any], info: ConnectionInfo, by: str, at: datetime) -> dict[str, Any]:
    """What to write when a connection ends: its settings are kept, the live ones go back to their defaults."""
    kept = connection_settings(stored)
    former = Former(
        org_id=info.org_id, org_name=info.org_name, username=info.username, ended_at=at, ended_by=by, settings=kept
    )
    others = [known for known in formers(stored) if known.key != former.key]
    return {**dict.fromkeys([*OF_CONNECTION, *kept]), FORMER: _to_json([former, *others][:MOST])}


def formers(stored: Mapping[str, Any]) -> list[Former]:
    """All that are known, the one that ended last first."""
    return [Former(**{**one, "ended_at": datetime.fromisoformat(one["ended_at"])}) for one in stored.get(FORMER) or []]


def former_of(stored: Mapping[str, Any], key: str) -> Former | None:
    """The ended connection with this org."""
    return next((known for known in formers(stored) if known.key == org_key(key)), None)


def to_restore(stored: Mapping[str, Any], org_id: str) -> Former | None:
    """The ended connection with this org, if its settings are still kept."""
    former = former_of(stored, org_id)
    return former if former and former.settings is not None else None


def used_up(stored: Mapping[str, Any], key: str) -> dict[str, Any]:
    """What to write when the settings of an ended connection were restored or discarded."""
    left = [replace(known, settings=None) if known.key == org_key(key) else known for known in formers(stored)]
    return {FORMER: _to_json(left)}


def restore(context: PluginContext, key: str, by: str) -> bool:
    """Use the settings of an ended connection in place of those there are; false if there are none such (any more)."""
    with context.exclusive(REFRESH_LOCK):
        stored = context.settings.read()
        former = to_restore(stored, key)
        if former is None or former.settings is None:
            return False
        present = connection_settings(stored)
        context.settings.write({**dict.fromkeys(present), **_offered(former.settings, stored), **used_up(stored, key)})
    tell_restored(context, by, former, present)
    return True


def _offered(settings: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """R15: of what was kept, a fetch setting that the auth method in use does not offer does not come back."""
    info = connection_from(stored)
    fetch = fetch_in_effect(preferences_from(settings).fetch, auth_method(info.method)) if info else None
    return {**settings, "fetch": fetch.value} if fetch else dict(settings)


def discard(context: PluginContext, key: str, by: str) -> bool:
    """Forget the settings of an ended connection; false if there are none such (any more)."""
    with context.exclusive(REFRESH_LOCK):
        stored = context.settings.read()
        former = to_restore(stored, key)
        if former is None:
            return False
        context.settings.write(used_up(stored, key))
    context.audit(by, N_("kept settings discarded"), {N_("org"): former.title})
    return True


def tell_restored(context: PluginContext, by: str, former: Former, before: Mapping[str, Any]) -> None:
    """For the operation log; what holds now may be less than what was kept, where the auth method does not offer it."""
    after = connection_settings(context.settings.read())
    context.audit(by, N_("settings restored"), {N_("org"): former.title, **changes(_told(before), _told(after))})


def _told(settings: Mapping[str, Any]) -> dict[str, Any]:
    plain = {LABELS.get(name, name): _value(name, value) for name, value in settings.items() if name not in TOLD_APART}
    people = {N_("people assigned to Salesforce users"): len(assignees_from(settings))}
    return {**plain, **told_activity(activity_from(settings)), **people}


def _value(name: str, value: Any) -> Any:
    if name == "fetch":
        return TITLES[FetchSetting(value)]
    return f"{value}%" if name == RESERVE_SETTING else value


def _to_json(former: list[Former]) -> list[dict[str, Any]]:
    return [
        {
            "org_id": one.org_id,
            "org_name": one.org_name,
            "username": one.username,
            "ended_at": one.ended_at.isoformat(),
            "ended_by": one.ended_by,
            "settings": None if one.settings is None else dict(one.settings),
        }
        for one in former
    ]
