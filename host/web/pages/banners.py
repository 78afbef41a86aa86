"""The sentences plugins put on top of an admin's pages while something needs a person (R32)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from flask import current_app, url_for

from host.plugin_api import Banner
from host.plugin_api.web import is_admin
from host.registry import LoadedPlugin, Registry
from host.web.pages.current import services

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ShownBanner:
    """A banner with its address."""

    text: str
    url: str
    link_text: str
    tone: str = "warn"


def site_banners() -> Iterator[ShownBanner]:
    """What the enabled plugins have to say to the admin who is looking."""
    if not is_admin():
        return
    registry = services().registry
    for plugin in registry.loaded:
        banner = _banner_of(registry, plugin) if plugin.manifest.banner and registry.is_enabled(plugin.name) else None
        if banner:
            yield ShownBanner(banner.text, _address(plugin.name, banner.endpoint), banner.link_text)


def _banner_of(registry: Registry, plugin: LoadedPlugin) -> Banner | None:
    ask = plugin.manifest.banner
    try:
        return ask(registry.context(plugin.name)) if ask else None
    except Exception as error:
        log.exception("banner failed", plugin=plugin.name, kind=type(error).__name__)
        return None


def _address(plugin: str, endpoint: str) -> str:
    full = f"{plugin}.{endpoint}"
    return url_for(full) if endpoint and full in current_app.view_functions else ""
