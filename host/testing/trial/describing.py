"""What a plugin says of itself, as plain facts that can be written down."""

from __future__ import annotations

from typing import Any

from host.plugin_api import Manifest
from host.registry.checks import HOOKS


def describe(plugin: Any) -> dict[str, Any]:
    """The manifest and the hooks of a plugin that keeps the contract."""
    manifest: Manifest = plugin.manifest
    return {
        "title": manifest.title,
        "description": manifest.description,
        "version": manifest.version,
        "deadline": manifest.deadline_seconds,
        "concurrency": manifest.concurrency,
        "hooks": [hook for hook in HOOKS if hasattr(plugin, hook)],
        "dials": manifest.dials,
        "jobs": [job.name for job in manifest.jobs],
        "navigation": [item.endpoint for item in manifest.navigation],
        "sections": [item.section for item in manifest.navigation],
        "actions": [action.endpoint for action in manifest.call_actions],
        "texts": _texts(manifest),
        "translations": manifest.translations,
        "migrations": manifest.migrations,
        "tables": sorted(manifest.tables.tables) if manifest.tables is not None else [],
        "brings": [part for part in ("pages", "rest", "contact_book", "announce") if getattr(manifest, part, None)],
    }


def _texts(manifest: Manifest) -> list[str]:
    """What of the manifest people read."""
    marked = [manifest.title, manifest.description]
    marked += [item.title for item in manifest.navigation]
    marked += [job.title for job in manifest.jobs]
    marked += [action.title for action in manifest.call_actions]
    marked += list(manifest.record_kinds.values())
    return [text for text in marked if text]
