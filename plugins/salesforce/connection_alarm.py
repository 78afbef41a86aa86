"""The alarm that the connection is lost or barred: raised at the first refused call, cleared when it is over (R32, B6)."""

from __future__ import annotations

from host.plugin_api import PluginContext, Sentence
from plugins.salesforce.wording import N_

KEY = "connection"
LOST = N_("The connection to Salesforce is lost")
BARRED = N_("Salesforce does not let us in")
DISCONNECTED = N_("An administrator has disconnected Salesforce. It is not used until somebody connects it again.")


def tell_lost(context: PluginContext, reason: str) -> None:
    """An admin has to connect again. `reason`: the sentence that says what Salesforce refused."""
    because = reason if isinstance(reason, Sentence) else Sentence(reason)
    text = Sentence("%(reason)s Calls are kept and looked up after connecting again.", reason=because)
    context.alarms.raise_alarm(KEY, LOST, text)


def tell_barred(context: PluginContext, reason: str) -> None:
    """An admin has to put something right in Salesforce; the connection itself is good. `reason`: what, and how."""
    because = reason if isinstance(reason, Sentence) else Sentence(reason)
    text = Sentence(
        "%(reason)s Then press “Test connection”. Calls are kept and looked up when it works again.", reason=because
    )
    context.alarms.raise_alarm(KEY, BARRED, text)


def tell_connected(context: PluginContext, released: int) -> None:
    """It works again. `released`: how much work waited for that and is done now."""
    text = Sentence("Work that was waiting is done now: %(count)s.", count=released) if released else ""
    context.alarms.clear_alarm(KEY, text)


def tell_disconnected(context: PluginContext) -> None:
    """Nothing is lost any more, since an admin wants no connection."""
    context.alarms.clear_alarm(KEY, DISCONNECTED)
