"""The tab Click-to-call: how a number is called from Salesforce, with the formulas to paste (R22)."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from host.plugin_api import PluginContext
from plugins.salesforce.auth_api import Feature
from plugins.salesforce.domain.link_button import LinkButton, link_buttons
from plugins.salesforce.domain.schema import OBJECTS
from plugins.salesforce.org import kept_schema
from plugins.salesforce.pages.view import used_method
from plugins.salesforce.wording import OBJECT_NAMES


class ClickToCallPages:
    """Views of the guide."""

    def __init__(self, context: PluginContext) -> None:
        self.context = context

    def show(self) -> ResponseReturnValue:
        method = used_method(self.context)
        return render_template(
            "salesforce/click_to_call.html",
            buttons=self._buttons(),
            titles=OBJECT_NAMES,
            clicked_wins=method.declares(Feature.CLICKED_RECORD) if method else None,
            site_url=self.context.site.url,
        )

    def _buttons(self) -> dict[str, list[LinkButton]]:
        """By object, in the order of R4."""
        schema = kept_schema(self.context.settings.read())
        found = link_buttons(self.context.site.url, schema.objects if schema else ())
        by_object = {name: [button for button in found if button.object == name] for name in OBJECTS}
        return {name: buttons for name, buttons in by_object.items() if buttons}
