"""Where an admin sets a plugin up: on pages of its own, or on the one that the host draws for it."""

from __future__ import annotations

from flask import current_app, url_for

from host.registry import LoadedPlugin

ADMINS = ("settings", "integrations")
"""The sections of the menu that are for them."""


def has_page(plugin: LoadedPlugin) -> bool:
    """Whether the plugin leaves something to the host to be drawn."""
    manifest = plugin.manifest
    return bool(manifest.settings or manifest.auth_group or manifest.health or manifest.help or manifest.help_url)


def settings_address(plugin: LoadedPlugin) -> str:
    """The page that the host draws for it, else the first one it has for admins in the menu; "" if there is none."""
    if has_page(plugin):
        return url_for("plugin_page.show", name=plugin.name)
    for item in plugin.manifest.navigation:
        endpoint = f"{plugin.name}.{item.endpoint}"
        if item.section in ADMINS and endpoint in current_app.view_functions:
            return url_for(endpoint)
    return ""
