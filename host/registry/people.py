"""The people of the site, read for plugins."""

from __future__ import annotations

from collections.abc import Sequence

from host.plugin_api import SiteUser
from host.security.users import User, list_users
from host.storage.engine import Database


def site_users(database: Database) -> Sequence[SiteUser]:
    """Everybody, by name."""
    with database.reading() as connection:
        return [_seen(user) for user in list_users(connection)]


def _seen(user: User) -> SiteUser:
    return SiteUser(id=user.id, name=user.name, email=user.email, extension=user.extension or "", active=user.active)
