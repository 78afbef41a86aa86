"""Cards about connections that are ended or cannot be: what is kept of them, and ending one here only (R17, B16)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _

from host.plugin_api import PluginContext
from plugins.salesforce.api_state import org_key
from plugins.salesforce.connection import connection_from
from plugins.salesforce.former import Former, former_of, formers
from plugins.salesforce.former_work import org_title

UNREACHABLE = "unreachable"
"""In the address: disconnecting failed, and ending the connection here only is offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFor:
    """What is kept for one ended connection. `former` is None if only its work is left."""

    key: str
    title: str
    former: Former | None
    work: int


def where() -> str:
    """Where an admin of Salesforce removes an access by hand."""
    return str(_("Setup › Connected Apps OAuth Usage"))


def anyway_card(context: PluginContext) -> Mapping[str, Any] | None:
    """Offers to disconnect here only, after Salesforce could not be told."""
    connected = connection_from(context.settings.read()) is not None
    return {"where": where()} if connected and UNREACHABLE in request.args else None


def kept_of_others(context: PluginContext) -> Mapping[str, Any] | None:
    """What is kept for other orgs than the connected one."""
    stored = context.settings.read()
    connection = connection_from(stored)
    kept = _kept(context, stored, org_key(connection.org_id)) if connection else []
    return {"kept": kept, "connection": connection} if kept else None


def kept_until_connected(context: PluginContext) -> Mapping[str, Any] | None:
    """What is kept while nothing is connected."""
    stored = context.settings.read()
    kept = _kept(context, stored, "") if connection_from(stored) is None else []
    return {"kept": kept, "connection": None} if kept else None


def _kept(context: PluginContext, stored: Mapping[str, Any], own: str) -> list[KeptFor]:
    """What is kept for all orgs but this one."""
    work = {key: count for key, count in context.aside.counts().items() if key != own}
    with_settings = [one.key for one in formers(stored) if one.settings is not None and one.key != own]
    return [
        KeptFor(key=key, title=org_title(context, key), former=former_of(stored, key), work=work.get(key, 0))
        for key in dict.fromkeys([*with_settings, *work])
    ]
