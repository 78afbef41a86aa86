"""What plugins offer to do with a call, and what a plugin's page may ask of the host for one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from flask import Flask, current_app, url_for

from host.calls import refetch
from host.plugin_api import Call, CallAction
from host.plugin_api.web import LOOK_UP_AGAIN, actor
from host.registry import LoadedPlugin
from host.web.pages.current import services
from host.web.pages.sentences import said


@dataclass(frozen=True, slots=True)
class ActionLink:
    """A link to a plugin's page about the call."""

    title: str
    url: str
    icon: str


def install(app: Flask) -> None:
    """Give the templates the links, and the plugins' pages the new look-up."""
    app.jinja_env.globals["call_actions"] = call_actions
    app.extensions[LOOK_UP_AGAIN] = lambda call_id: refetch(services(), call_id, actor())


def call_actions(call: Call) -> list[ActionLink]:
    """The links of the enabled plugins."""
    registry = services().registry
    offering = [plugin for plugin in registry.loaded if plugin.manifest.call_actions and registry.is_enabled(plugin.name)]
    return [link for plugin in offering for link in _links(plugin, call)]


def _links(plugin: LoadedPlugin, call: Call) -> Iterator[ActionLink]:
    for action in plugin.manifest.call_actions:
        endpoint = f"{plugin.name}.{action.endpoint}"
        if endpoint in current_app.view_functions and _offered(plugin, action):
            yield ActionLink(said(action.title, plugin.name), url_for(endpoint, call_id=call.id), action.icon)


def _offered(plugin: LoadedPlugin, action: CallAction) -> bool:
    try:
        return action.offered(services().registry.context(plugin.name))
    except Exception as error:  # noqa: BLE001 - whatever a plugin does wrong, the call's page is shown (R35)
        structlog.get_logger("tsunagu.web").error(
            "call action not offered", plugin=plugin.name, kind=type(error).__name__, exc_info=True
        )
        return False
