"""The pages under /plugins/salesforce: for admins the settings, for everybody moving a call to another record."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint
from flask.typing import ResponseReturnValue

from host.plugin_api import PluginContext
from host.plugin_api.web import admin_required
from plugins.salesforce.pages.activity import ActivityPages
from plugins.salesforce.pages.assignees import AssigneePages
from plugins.salesforce.pages.bulk import BulkPages
from plugins.salesforce.pages.change import ChangePages
from plugins.salesforce.pages.click_to_call import ClickToCallPages
from plugins.salesforce.pages.connection import ConnectionPages
from plugins.salesforce.pages.do_not_sync import DoNotSyncPages
from plugins.salesforce.pages.ended import EndedPages
from plugins.salesforce.pages.errors import ErrorPages
from plugins.salesforce.pages.operations import OperationPages
from plugins.salesforce.pages.records import RecordPages
from plugins.salesforce.pages.settings import SettingsPages
from plugins.salesforce.pages.tabs import tabs
from plugins.salesforce.pages.usage import UsagePages

View = Callable[..., ResponseReturnValue]


def blueprint(context: PluginContext) -> Blueprint:
    """All routes; what changes something is POST only."""
    pages = Blueprint("salesforce", __name__, template_folder="../templates", static_folder="../static")
    pages.context_processor(lambda: {"salesforce_tabs": lambda: tabs(context)})
    settings = SettingsPages(context)
    connection = ConnectionPages(context)
    ended = EndedPages(context)
    operations = OperationPages(context)
    usage = UsagePages(context)
    listed = DoNotSyncPages(context)
    change = ChangePages(context)
    _add(pages, "/", "settings", settings.show)
    _add(pages, "/app", "save_app", settings.save_app, post=True)
    _add(pages, "/fetch", "save_fetch", settings.save_fetch, post=True)
    _add(pages, "/fields", "save_fields", settings.save_fields, post=True)
    _add(pages, "/connect/<name>", "connect", connection.connect, post=True)
    _add(pages, "/change/<name>", "change", change.show)
    _add(pages, "/change/<name>", "change_test", change.test, post=True)
    _add(pages, "/change/<name>/result", "change_result", change.result)
    _add(pages, "/change/<name>/switch", "change_switch", change.switch, post=True)
    _add(pages, "/change/<name>/keep", "change_keep", change.keep, post=True)
    _add(pages, "/callback", "callback", connection.callback)
    _add(pages, "/test", "test", connection.test, post=True)
    _add(pages, "/rights", "accept_rights", connection.accept_rights, post=True)
    _add(pages, "/disconnect", "disconnect", ended.disconnect, post=True)
    _add(pages, "/former/<key>/restore", "restore_settings", ended.restore, post=True)
    _add(pages, "/former/<key>/discard", "discard_settings", ended.discard, post=True)
    _add(pages, "/former/<key>/send", "send_work", ended.send, post=True)
    _add(pages, "/former/<key>/drop", "drop_work", ended.drop, post=True)
    _add(pages, "/log", "operations", operations.show)
    _add(pages, "/log/file", "operations_file", operations.file)
    _add(pages, "/errors", "errors", ErrorPages(context).show)
    _add(pages, "/do-not-sync", "do_not_sync", listed.show)
    _add(pages, "/do-not-sync", "add_do_not_sync", listed.add, post=True)
    _add(pages, "/do-not-sync/remove", "remove_do_not_sync", listed.remove, post=True)
    bulk = BulkPages(context)
    _add(pages, "/bulk", "bulk_progress", bulk.progress)
    _add(pages, "/bulk/start", "bulk_start", bulk.start, post=True)
    _add(pages, "/bulk/stop", "bulk_stop", bulk.stop, post=True)
    _add(pages, "/click-to-call", "click_to_call", ClickToCallPages(context).show)
    records = RecordPages(context)
    pages.add_url_rule("/calls/<call_id>/record", "record", records.show)
    pages.add_url_rule("/calls/<call_id>/record", "choose_record", records.choose, methods=["POST"])
    pages.add_url_rule("/calls/<call_id>/record/undo", "undo_record", records.undo, methods=["POST"])
    _add(pages, "/usage", "usage", usage.show)
    _add(pages, "/usage/reserve", "save_reserve", usage.save_reserve, post=True)
    _add_activity(pages, ActivityPages(context), AssigneePages(context))
    return pages


def _add_activity(pages: Blueprint, activity: ActivityPages, assignees: AssigneePages) -> None:
    _add(pages, "/activity", "activity", activity.show)
    _add(pages, "/activity", "save_activity", activity.save, post=True)
    _add(pages, "/activity/preview", "preview_activity", activity.preview, post=True)
    _add(pages, "/activity/fields", "read_task_fields", activity.read_fields, post=True)
    _add(pages, "/assignees", "assignees", assignees.show)
    _add(pages, "/assignees/<int:user>", "assignee", assignees.choose)
    _add(pages, "/assignees/<int:user>", "assign", assignees.assign, post=True)
    _add(pages, "/assignees/match", "match_assignees", assignees.match, post=True)
    _add(pages, "/assignees/apply", "apply_assignees", assignees.apply, post=True)
    _add(pages, "/assignees/refresh", "refresh_assignees", assignees.refresh, post=True)


def _add(
    pages: Blueprint, path: str, endpoint: str, view: Callable[..., ResponseReturnValue], *, post: bool = False
) -> None:
    methods = ["POST"] if post else ["GET"]
    pages.add_url_rule(path, endpoint, admin_required(view), methods=methods)
