"""The tab Errors: the host's inbox of what is stopped, for this plugin (R31, B5)."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from host.plugin_api import PluginContext
from host.plugin_api.web import error_inbox


class ErrorPages:
    """The view of the tab; trying again and dropping is the host's affair."""

    def __init__(self, context: PluginContext) -> None:
        self.context = context

    def show(self) -> ResponseReturnValue:
        return render_template("salesforce/errors.html", inbox=error_inbox(self.context.plugin))
