"""The page of one plugin: its settings, its connection with a CRM, its health and help, drawn from its manifest (R33)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from host.plugin_api import PluginContext
from host.plugin_api.web import actor
from host.plugin_health import check, health_of
from host.plugin_settings.fields import SettingsField
from host.plugin_settings.form import raw_values
from host.plugin_settings.stored import Errors, SchemaSettings, told
from host.registry import LoadedPlugin
from host.sentences import Sentence
from host.web.pages.current import services
from host.web.pages.guard import settings_blueprint
from host.web.pages.plugin_address import has_page, settings_address
from host.web.pages.sentences import said
from host.web.pages.settings.connection_card import ConnectionCard, connection_card

UNPROCESSABLE = 422
CHANGED = Sentence("settings changed").template
blueprint = settings_blueprint("plugin_page", "/plugins/<name>")


@blueprint.get("")
def show(name: str) -> ResponseReturnValue:
    """The page, or for a plugin that leaves nothing to the host its own first page for admins, or the plugins."""
    plugin = services().registry.get(name)
    if plugin is None or not has_page(plugin):
        return redirect((settings_address(plugin) if plugin else "") or url_for("plugin_settings.index"))
    return page(plugin)


@blueprint.post("/settings")
def save(name: str) -> ResponseReturnValue:
    """Store what was typed, if the plugin's schema takes all of it; work that waited for it goes on."""
    plugin = known(name)
    context, stored = context_of(plugin), settings_of(plugin)
    before = stored.shown()
    raw = raw_values(stored.fields, request.form)
    entered = stored.save(raw)
    if entered.errors:
        return page(plugin, errors=entered.errors, typed=request.form), UNPROCESSABLE
    detail = told(stored.fields, before, {**stored.shown(), **{one: raw.get(one) for one in stored.secret_names}})
    context.audit(actor(), CHANGED, detail)
    context.resume_parked()
    flash(_("Saved."), "success")
    return redirect(url_for("plugin_page.show", name=name), 303)


@blueprint.post("/check")
def check_now(name: str) -> ResponseReturnValue:
    """Run the health checks."""
    plugin = known(name)
    check(services(), plugin)
    return redirect(url_for("plugin_page.show", name=name) + "#health", 303)


@blueprint.app_template_filter("option_labels")
def option_labels(field: SettingsField, plugin: str) -> list[tuple[str, str]]:
    """The options of a choice in the page's language; one that may be left open begins with a dash."""
    options = [(key, said(label, plugin)) for key, label in field.options]
    return options if field.required or field.default is not None else [("", "–"), *options]


@blueprint.app_template_filter("plugin_page")
def address_of(name: str) -> str:
    """Where this plugin is set up; "" if there is nothing to set up."""
    plugin = services().registry.get(name)
    return settings_address(plugin) if plugin else ""


def known(name: str) -> LoadedPlugin:
    """The plugin of this name that has a page here, or 404."""
    plugin = services().registry.get(name)
    return plugin if plugin is not None and has_page(plugin) else abort(404)


def context_of(plugin: LoadedPlugin) -> PluginContext:
    return services().registry.context(plugin.name)


def settings_of(plugin: LoadedPlugin) -> SchemaSettings:
    """The settings that its schema describes."""
    context = context_of(plugin)
    return SchemaSettings(context.settings, context.secrets, plugin.manifest.settings)


def page(
    plugin: LoadedPlugin,
    *,
    errors: Errors | None = None,
    typed: Mapping[str, str] | None = None,
    card: ConnectionCard | None = None,
) -> str:
    """The page with what was typed and what is wrong with it, if something is."""
    stored = settings_of(plugin)
    with services().database.reading() as connection:
        found = {one.name: one for one in health_of(connection, plugin)}
    return render_template(
        "settings/plugin.html",
        plugin=plugin,
        manifest=plugin.manifest,
        on=services().registry.is_enabled(plugin.name),
        fields=stored.fields,
        values=_values(stored, typed),
        kept=stored.shown(),
        errors=errors or {},
        card=card or connection_card(plugin, context_of(plugin)),
        health=[(one, found.get(one.name)) for one in plugin.manifest.health],
    )


def _values(stored: SchemaSettings, typed: Mapping[str, str] | None) -> Mapping[str, Any]:
    """What stands in the boxes: what was typed, else what is stored; a list with one line for each member."""
    if typed is not None:
        return {**dict.fromkeys((one.name for one in stored.fields), ""), **typed}
    return {name: "\n".join(map(str, value)) if isinstance(value, list) else value for name, value in stored.shown().items()}
