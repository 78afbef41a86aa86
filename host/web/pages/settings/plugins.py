"""The installed plugins: what each is, how it stands, and its switch (R34, R35)."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from host.plugin_api.web import actor
from host.registry import PluginQuarantined, PluginState, PluginUnknown
from host.web.pages.current import asked_by_htmx, services
from host.web.pages.guard import settings_blueprint
from host.web.pages.presentation import plugin_title

blueprint = settings_blueprint("plugin_settings", "/plugins")


@blueprint.get("")
def index() -> str:
    return render_template("settings/plugins.html", plugins=services().registry.states(), order=services().registry.order())


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


@blueprint.post("/<name>/move")
def move(name: str) -> ResponseReturnValue:
    """Have a plugin that finds names go before the next one above it, or behind the one below."""
    registry = services().registry
    order = registry.order()
    if name not in order:
        abort(404)
    step = -1 if request.form.get("to") == "up" else 1
    registry.move(name, order.index(name) + step, actor())
    return redirect(url_for("plugin_settings.index"), 303)
