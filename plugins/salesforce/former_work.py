"""Work that waits for a connection that was ended: it goes out by the same org again, and by another one only if told so."""

from __future__ import annotations

from host.plugin_api import PluginContext
from plugins.salesforce.api_state import org_key
from plugins.salesforce.connection import ConnectionInfo
from plugins.salesforce.former import formers
from plugins.salesforce.wording import N_


def go_on(context: PluginContext, info: ConnectionInfo, last_org: str | None) -> tuple[int, int]:
    """A connection was made: what waits for its org goes out.

    Args:
        last_org: the org connected before. What was parked for it while it was being ended is put aside as well.

    Returns:
        how much goes out, and how much is kept for other orgs.
    """
    own = org_key(info.org_id)
    if last_org and org_key(last_org) != own:
        context.aside.put(org_key(last_org))
    released = context.resume_parked() + context.aside.resume(own)
    return released, sum(context.aside.counts().values())


def send_here(context: PluginContext, key: str, by: str) -> int:
    """Let the work of an ended connection go out by the present one; gives back how much."""
    sent = context.aside.resume(key)
    if sent:
        context.audit(
            by, N_("work on hold sent to another org"), {N_("meant for"): org_title(context, key), N_("how many"): sent}
        )
    return sent


def org_title(context: PluginContext, key: str) -> str:
    """What people call the org of this key; the key if nothing is known of it any more."""
    return next((former.title for former in formers(context.settings.read()) if former.key == key), key)
