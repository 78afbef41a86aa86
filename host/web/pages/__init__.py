"""The pages people see. Each file is one area; what they do is in the use cases."""

from __future__ import annotations

from flask import Flask

from host.web.pages import (
    agent,
    call,
    call_actions,
    chrome,
    dial,
    dial_link,
    entrance,
    error_inbox,
    history,
    preferences,
    presentation,
    profile,
)
from host.web.pages.banners import site_banners
from host.web.pages.settings import (
    errors,
    mail,
    memo_items,
    operations,
    plugin_connecting,
    plugin_page,
    plugins,
    sources,
    tokens,
    users,
)

AREAS = (
    entrance,
    preferences,
    profile,
    agent,
    history,
    dial,
    dial_link,
    call,
    plugins,
    plugin_page,
    plugin_connecting,
    users,
    tokens,
    sources,
    memo_items,
    errors,
    mail,
    operations,
)


def register(app: Flask) -> None:
    """Give the application its pages, and the templates (plugins' too) what they use."""
    presentation.install(app)
    chrome.install(app)
    error_inbox.install(app)
    call_actions.install(app)
    dial.install(app)
    app.jinja_env.globals["site_banners"] = site_banners
    for area in AREAS:
        app.register_blueprint(area.blueprint)
