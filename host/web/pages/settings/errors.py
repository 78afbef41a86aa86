"""The inbox of integration errors: what is stopped, grouped by its reason, to be tried again or dropped (R31, B5)."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from host.delivery.mending import Chosen, Mended, drop_errors, retry_errors
from host.domain.reasons import kind_of
from host.plugin_api import JobUnknown
from host.plugin_api.web import actor
from host.registry import PluginQuarantined, PluginUnknown
from host.scheduling.site_jobs import JobRefused, start_job
from host.services import Services
from host.web.api.error_schemas import is_plugin, is_reason
from host.web.pages.current import own_path, services
from host.web.pages.error_inbox import asked_here, asked_on, error_inbox
from host.web.pages.guard import settings_blueprint
from host.web.pages.sentences import said
from host.web.storable_integer import LARGEST

blueprint = settings_blueprint("error_settings", "/errors")
LONGEST_ID = len(str(LARGEST))


@blueprint.get("")
def index() -> str:
    plugin = _plugin_filter()
    inbox = error_inbox(asked_here(plugin))
    titles = [state.name for state in services().registry.states() if state.hooks]
    return render_template("settings/errors.html", inbox=inbox, plugins=titles, plugin=plugin)


@blueprint.get("/live")
def live() -> ResponseReturnValue:
    """The parts of an inbox that changed, or 204 while nothing has."""
    path = own_path(request.args.get("on"), url_for(".index"))
    inbox = error_inbox(asked_on(path, _plugin_filter()))
    if request.args.get("seen") == inbox.version:
        return "", 204
    answer = make_response(render_template("errors/list.html", inbox=inbox))
    answer.headers["X-Page-Version"] = inbox.version
    return answer


@blueprint.post("/retry")
def retry() -> ResponseReturnValue:
    """Try one, all of a reason, of a plugin, or everything again."""
    chosen = _chosen()
    mended = _mended(retry_errors, chosen)
    if mended.count:
        message = ngettext(
            "%(num)s piece of work is being tried again.", "%(num)s pieces of work are being tried again.", mended.count
        )
        flash(_and_more(message, mended), "info")
    if mended.count and kind_of(chosen.reason) == "reauthorise":
        flash(_("As long as the connection is lost, this waits again until somebody connects."), "warning")
    return _back()


@blueprint.post("/drop")
def drop() -> ResponseReturnValue:
    """End stopped work: it is not sent any more."""
    mended = _mended(drop_errors, _chosen())
    if mended.count:
        message = ngettext("%(num)s piece of work is dropped.", "%(num)s pieces of work are dropped.", mended.count)
        flash(_and_more(message, mended), "success")
    return _back()


@blueprint.post("/jobs/retry")
def retry_job() -> ResponseReturnValue:
    """Let a job run again."""
    try:
        start_job(services(), request.form.get("plugin", ""), request.form.get("job", ""), actor())
    except (PluginUnknown, PluginQuarantined, JobUnknown):
        abort(404)
    except JobRefused as refused:
        flash(said(refused.args[0]), "warning")
    else:
        flash(_("The job runs again."), "info")
    return _back()


def _mended(act: Callable[[Services, Chosen, str], Mended], chosen: Chosen) -> Mended:
    mended = act(services(), chosen, actor())
    if not mended.count:
        flash(_("Nothing was changed: this is not waiting for anybody any more, or its plugin is switched off."), "info")
    return mended


def _and_more(message: str, mended: Mended) -> str:
    return f"{message} {_('There is more than was done in one go: press again to go on.')}" if mended.unfinished else message


def _chosen() -> Chosen:
    """What the form names; a form that names nothing has to say that everything is meant."""
    given = request.form
    delivery, plugin, reason = given.get("delivery", ""), given.get("plugin", ""), given.get("reason", "")
    if delivery:
        return Chosen(deliveries=frozenset({_delivery_id(delivery)}), reason="")
    if not plugin and not reason and given.get("all") == "yes":
        return Chosen()
    if not is_plugin(plugin) or (reason and not is_reason(reason)):
        abort(400)
    return Chosen(plugin=plugin, reason=reason)


def _delivery_id(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > LONGEST_ID or not 0 < int(text) <= LARGEST:
        abort(400)
    return int(text)


def _plugin_filter() -> str:
    """The plugin that is asked for; what cannot be a name is no filter."""
    plugin = request.args.get("plugin", "")
    return plugin if is_plugin(plugin) else ""


def _back() -> ResponseReturnValue:
    return redirect(own_path(request.form.get("next"), url_for(".index")), 303)
