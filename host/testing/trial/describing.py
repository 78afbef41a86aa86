"""What a plugin says of itself, as plain facts that can be written down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from host.plugin_api import AuthMethod, Manifest, auth_methods
from host.plugin_settings.fields import fields_of
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
        "settings": [
            {"name": each.name, "kind": each.kind.value, "labelled": each.label != each.name}
            for each in (fields_of(manifest.settings) if manifest.settings else ())
        ],
        "methods": [
            {"name": method.name, "shown": [field.name for field in method.credentials if not field.secret]}
            for method in _methods(manifest)
        ],
        "checks": [check.name for check in manifest.health],
        "broken_methods": _broken_methods(manifest),
        "brings": [part for part in ("pages", "rest", "contact_book", "announce") if getattr(manifest, part, None)],
    }


def _methods(manifest: Manifest) -> Sequence[AuthMethod]:
    return auth_methods(manifest.auth_group, AuthMethod).usable if manifest.auth_group else ()


def _broken_methods(manifest: Manifest) -> list[str]:
    found = auth_methods(manifest.auth_group, AuthMethod).broken if manifest.auth_group else ()
    return [f"{method.name}: {method.reason}" for method in found]


def _texts(manifest: Manifest) -> list[str]:
    """What of the manifest people read."""
    marked = [manifest.title, manifest.description]
    marked += [item.title for item in manifest.navigation]
    marked += [job.title for job in manifest.jobs]
    marked += [action.title for action in manifest.call_actions]
    marked += list(manifest.record_kinds.values())
    marked += [check.title for check in manifest.health]
    marked += manifest.help
    return [text for text in (*marked, *_of_settings(manifest), *_of_methods(manifest)) if text]


def _of_settings(manifest: Manifest) -> Iterator[str]:
    """The labels, helps and options of the form that the host draws."""
    for each in fields_of(manifest.settings) if manifest.settings else ():
        yield from (each.label, each.help)
        yield from (label for value, label in each.options if label != value)


def _of_methods(manifest: Manifest) -> Iterator[str]:
    """What the page to connect says of the plugin's auth methods."""
    for method in _methods(manifest):
        yield from (method.title, method.description, method.notice)
        for credential in method.credentials:
            yield from (credential.label, credential.help)
    for feature in manifest.features or ():
        yield from (feature.title, feature.without, feature.note)
