"""What the OpenAPI document says of the whole API."""

from __future__ import annotations

SPECIFICATION = {
    "info": {
        "description": (
            "Calls, memos, analyses, contacts and plugins of a Tsunagu host. Send an API token as "
            "`Authorization: Bearer tsu_…`. Reading needs the role agent or admin. Lists are paged by an opaque cursor."
        ),
    },
    "components": {
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer", "description": "An API token: tsunagu tokens create"},
        },
    },
    "security": [{"bearer": []}],
}
PUBLIC: list[dict[str, list[str]]] = []
"""The security of routes that need no token."""
