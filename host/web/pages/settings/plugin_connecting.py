"""Connecting a plugin with its CRM from its page: type in or sign in there, come back, disconnect (R13, R33)."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from host.connections import connecting, sign_ins
from host.connections.connecting import Connected
from host.plugin_api import AuthMethod, PluginContext, PluginError, SignIn
from host.plugin_api.web import actor
from host.plugin_health import check
from host.registry import LoadedPlugin
from host.sentences import Sentence
from host.web.pages.current import services
from host.web.pages.guard import settings_blueprint
from host.web.pages.sentences import said
from host.web.pages.settings.connection_card import connection_card
from host.web.pages.settings.plugin_page import UNPROCESSABLE, context_of, known, page

BUG = Sentence("A bug in the auth method: %(kind)s. Tell whoever made it.").template
blueprint = settings_blueprint("plugin_connecting", "/plugins/<name>")


@blueprint.post("/connect/<method>")
def connect(name: str, method: str) -> ResponseReturnValue:
    """Connect at once with what was typed, or send the browser to the CRM."""
    plugin = known(name)
    context = context_of(plugin)
    typed: dict[str, str] = {}
    try:
        chosen = connecting.method_named(plugin.manifest.auth_group, method)
        typed = {one.name: _one_line(one.name) for one in chosen.credentials}
        begun = _begun(context, chosen, typed)
    except PluginError as refused:
        return _refused(plugin, method, typed, said(refused.message, name)), UNPROCESSABLE
    if isinstance(begun, SignIn):
        session[_key(name)] = sign_ins.remember(context, chosen.name, begun)
        return render_template("settings/plugin_leaving.html", plugin=plugin, url=begun.url)
    return _connected(plugin, begun)


@blueprint.get("/callback")
def callback(name: str) -> ResponseReturnValue:
    """The browser is back; the address with the code in it is left at once."""
    plugin = known(name)
    key = session.pop(_key(name), "")
    try:
        made = _come_back(plugin, request.args.to_dict(), key)
    except PluginError as refused:
        flash(said(refused.message, name), "error")
        return redirect(url_for("plugin_page.show", name=name), 303)
    return _connected(plugin, made)


@blueprint.post("/disconnect")
def disconnect(name: str) -> ResponseReturnValue:
    """End the connection; its unfinished work is put aside."""
    plugin = known(name)
    if connecting.disconnect(context_of(plugin), plugin.manifest.auth_group, actor()):
        flash(_("Disconnected."), "success")
    else:
        flash(_("Disconnected here. The CRM could not be told: end the access there too."), "warning")
    check(services(), plugin)
    return redirect(url_for("plugin_page.show", name=name), 303)


@blueprint.post("/aside")
def decide(name: str) -> ResponseReturnValue:
    """Send or drop the work that is kept for an account which was disconnected."""
    context = context_of(known(name))
    key = request.form.get("key", "")
    if request.form.get("what") == "send":
        flash(_("Sent on: %(count)s.", count=context.aside.resume(key)), "success")
    else:
        flash(_("Dropped: %(count)s.", count=context.aside.drop(key, actor())), "success")
    return redirect(url_for("plugin_page.show", name=name), 303)


def _begun(context: PluginContext, method: AuthMethod, typed: Mapping[str, str]) -> SignIn | Connected:
    lacking = [Sentence(one.label) for one in method.credentials if one.required and not typed[one.name]]
    if lacking:
        raise PluginError(Sentence("Fill in: %(names)s.", names=lacking))
    try:
        return connecting.begin(context, method, typed, actor())
    except PluginError:
        raise
    except Exception as error:  # noqa: BLE001 - a third party's method may fail in any way (R35)
        raise _bug(context, error) from None


def _come_back(plugin: LoadedPlugin, reply: Mapping[str, str], key: str) -> Connected:
    context = context_of(plugin)
    try:
        return connecting.come_back(context, plugin.manifest.auth_group, reply, key, actor())
    except PluginError:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        raise _bug(context, error) from None


def _bug(context: PluginContext, error: Exception) -> PluginError:
    """Only the kind of error is told: its text may hold what was typed."""
    kind = type(error).__name__
    structlog.get_logger("tsunagu.web").error("auth method failed", plugin=context.plugin, kind=kind)
    return PluginError(Sentence(BUG, kind=kind))


def _refused(plugin: LoadedPlugin, method: str, typed: Mapping[str, str], problem: str) -> str:
    card = connection_card(plugin, context_of(plugin), problem=problem, tried=method, typed=typed)
    return page(plugin, card=card)


def _connected(plugin: LoadedPlugin, made: Connected) -> ResponseReturnValue:
    account = made.account.account
    flash(_("Connected as %(account)s.", account=account) if account else _("Connected."), "success")
    if made.released:
        flash(_("Work that was waiting is done now: %(count)s.", count=made.released), "info")
    check(services(), plugin)
    return redirect(url_for("plugin_page.show", name=plugin.name), 303)


def _one_line(name: str) -> str:
    return "".join(request.form.get(name, "").splitlines()).strip()


def _key(name: str) -> str:
    return f"sign_in:{name}"
