"""The installed plugins: what each is, how it stands, and its switch (R34, R35)."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from host.plugin_api.web import actor
from host.registry import PluginQuarantined, PluginState, PluginUnknown
from host.web.pages.banners import settings_address
from host.web.pages.current import asked_by_htmx, services
from host.web.pages.guard import settings_blueprint
from host.web.pages.presentation import plugin_title

blueprint = settings_blueprint("plugin_settings", "/plugins")


@blueprint.get("")
def index() -> str:
    return render_template("settings/plugins.html", plugins=services().registry.states())


@blueprint.get("/<name>")
def settings_of(name: str) -> ResponseReturnValue:
    """Where a mail leads that tells of a plugin: to its page in the settings, or to the plugins."""
    plugin = services().registry.get(name)
    return redirect((settings_address(plugin) if plugin else "") or url_for("plugin_settings.index"))


@blueprint.post("/<name>/switch")
def switch(name: str) -> ResponseReturnValue:
    """Switch a plugin on or off, at once and in every process."""
    enabled = request.form.get("enabled") == "yes"
    try:
        services().registry.set_enabled(name, enabled, actor())
    except (PluginUnknown, PluginQuarantined):
        abort(404)
    title = plugin_title(name)
    message = _("%(title)s is switched on.", title=title) if enabled else _("%(title)s is switched off.", title=title)
    if asked_by_htmx():
        return render_template("settings/plugin_card.html", plugin=_state(name), said_now=message)
    flash(message, "success")
    return redirect(url_for("plugin_settings.index"))


def _state(name: str) -> PluginState:
    return next(state for state in services().registry.states() if state.name == name)
