"""What the page of a plugin shows of its connection: with whom it is connected, or how it can be (R13, R33)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from host.connections.connecting import aside_key
from host.connections.crm import callback_url
from host.plugin_api import (
    AuthFeature,
    AuthMethod,
    AuthMethods,
    BrokenMethod,
    CrmAccount,
    NeedsConfiguration,
    PluginContext,
    auth_methods,
)
from host.registry import LoadedPlugin


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionCard:
    """All of the card. `lacking`: why nobody can connect yet; `aside`: how much work is kept for each other account.

    `problem`: why connecting failed just now, with what was typed for the method `tried`.
    """

    account: CrmAccount | None
    title: str
    methods: tuple[AuthMethod, ...]
    broken: tuple[BrokenMethod, ...]
    features: tuple[AuthFeature, ...]
    callback: str
    lacking: str = ""
    aside: Mapping[str, int] = field(default_factory=dict)
    problem: str = ""
    tried: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)


def connection_card(
    plugin: LoadedPlugin,
    context: PluginContext,
    *,
    problem: str = "",
    tried: str = "",
    typed: Mapping[str, str] | None = None,
) -> ConnectionCard | None:
    """The card; None for a plugin that does not leave connecting to the host."""
    group = plugin.manifest.auth_group
    if not group:
        return None
    methods: AuthMethods[AuthMethod] = auth_methods(group, AuthMethod)
    account = context.crm.account()
    in_use = methods.named(account.method) if account else None
    own = aside_key(account) if account else ""
    return ConnectionCard(
        account=account,
        title=in_use.title if in_use else (account.method if account else ""),
        methods=methods.usable,
        broken=methods.broken,
        features=tuple(plugin.manifest.features or ()),
        callback=callback_url(context.site.url, plugin.name),
        lacking=_lacking(context),
        aside={key: count for key, count in context.aside.counts().items() if key != own},
        problem=problem,
        tried=tried,
        typed=typed or {},
    )


def _lacking(context: PluginContext) -> str:
    try:
        context.config()
    except NeedsConfiguration as incomplete:
        return incomplete.message
    return ""
