"""The people of the site, as a plugin sees them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteUser:
    """Somebody who may log in here, or could: `active` is false then. `extension` is "" for who has no telephone."""

    id: int
    name: str
    email: str
    extension: str = ""
    active: bool = True
