"""The installed plugins: what each is, how it stands, and its switch (R34, R35)."""

from __future__ import annotations

from datetime import timedelta

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from host.plugin_api.web import actor
from host.registry import PluginQuarantined, PluginState, PluginUnknown
from host.registry.installation import Installation, changes_since, installation, known_to_workers
from host.storage.currency import branches_behind
from host.web.pages.current import asked_by_htmx, services
from host.web.pages.guard import settings_blueprint
from host.web.pages.presentation import plugin_title

INSTALLED = "tsunagu_installed"
blueprint = settings_blueprint("plugin_settings", "/plugins")


@blueprint.record_once
def _note_installation(state: BlueprintSetupState) -> None:
    state.app.extensions[INSTALLED] = installation()


@blueprint.get("")
def index() -> str:
    registry = services().registry
    return render_template(
        "settings/plugins.html",
        plugins=registry.states(),
        order=registry.order(),
        changes=changes_since(current_app.extensions[INSTALLED], _known_to_workers()),
        behind=_behind(),
    )


def _known_to_workers() -> list[Installation]:
    site = services()
    with site.database.reading() as connection:
        return known_to_workers(connection, site.clock() - timedelta(seconds=2 * site.config.lease_seconds))


def _behind() -> list[str]:
    """The plugins of others whose tables are not up to date: without theirs the host would not have started."""
    manifests = [plugin.manifest for plugin in services().registry.loaded if plugin.is_foreign]
    return [name for name in branches_behind(services().database, manifests) if name != "host"] if manifests else []


@blueprint.post("/<name>/switch")
def switch(name: str) -> ResponseReturnValue:
    """Switch a plugin on or off, at once and in every process."""
    enabled, drop = request.form.get("enabled") == "yes", request.form.get("parked") == "drop"
    try:
        moved = services().registry.set_enabled(name, enabled, actor(), drop=drop)
    except (PluginUnknown, PluginQuarantined):
        abort(404)
    return _changed(name, f"{_switched(plugin_title(name), on=enabled)} {_moved(moved, on=enabled, drop=drop)}".strip())


@blueprint.post("/<name>/process")
def run_in(name: str) -> ResponseReturnValue:
    """Have a plugin run in a process of its own, or in the worker's, from its next call on."""
    own = request.form.get("own") == "yes"
    try:
        services().registry.set_own_process(name, own, actor())
    except (PluginUnknown, PluginQuarantined):
        abort(404)
    title = plugin_title(name)
    said = (
        _("%(title)s runs in a process of its own.", title=title) if own else _("%(title)s runs in the worker.", title=title)
    )
    return _changed(name, said)


def _changed(name: str, message: str) -> ResponseReturnValue:
    if asked_by_htmx():
        return render_template("settings/plugin_card.html", plugin=_state(name), said_now=message, behind=_behind())
    flash(message, "success")
    return redirect(url_for("plugin_settings.index"))


def _switched(title: str, *, on: bool) -> str:
    return str(_("%(title)s is switched on.", title=title) if on else _("%(title)s is switched off.", title=title))


def _moved(number: int, *, on: bool, drop: bool) -> str:
    """What became of the work that waited; "" if there was none."""
    if not number:
        return ""
    if not on:
        return str(ngettext("%(num)s piece of work is on hold.", "%(num)s pieces of work are on hold.", number))
    if drop:
        return str(ngettext("%(num)s piece of work was dropped.", "%(num)s pieces of work were dropped.", number))
    return str(ngettext("%(num)s piece of work goes out now.", "%(num)s pieces of work go out now.", number))


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
