"""The pages of a CSV import: choose a file, see what it would change, confirm."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from host.plugin_api import PluginContext
from host.plugin_api.web import actor, admin_required
from plugins.contacts import importing, operations, staging
from plugins.contacts.domain.csv_text import LARGEST_FILE, FileProblem, UnreadableFile
from plugins.contacts.domain.import_file import ImportFile, read_import
from plugins.contacts.domain.import_plan import ImportPlan
from plugins.contacts.sentences import file_problem, row_problem
from plugins.contacts.staging import Staged

ROWS_SHOWN = 200


def add_import_routes(blueprint: Blueprint, context: PluginContext) -> None:
    """Put the import's pages, for admins only, onto the contact book's blueprint."""
    pages = ImportPages(context)
    blueprint.add_url_rule("/import", "import_file", admin_required(pages.choose))
    blueprint.add_url_rule("/import", "import_upload", admin_required(pages.upload), methods=["POST"])
    blueprint.add_url_rule("/import/<import_id>", "import_preview", admin_required(pages.preview))
    blueprint.add_url_rule("/import/<import_id>", "import_apply", admin_required(pages.apply), methods=["POST"])
    blueprint.add_url_rule("/import/<import_id>/cancel", "import_cancel", admin_required(pages.cancel), methods=["POST"])


class ImportPages:
    """The views, with what the host offers."""

    def __init__(self, context: PluginContext) -> None:
        self._context = context

    def choose(self) -> str:
        return render_template("contacts/import.html", errors={})

    def upload(self) -> ResponseReturnValue:
        try:
            file = read_import(_uploaded(), self._context.site.region)
        except UnreadableFile as error:
            return render_template("contacts/import.html", errors={"file": [file_problem(error)]}), 422
        with self._context.database.writing() as connection:
            import_id = staging.stage(connection, file, by=actor(), at=self._context.clock())
        return redirect(url_for("contacts.import_preview", import_id=import_id))

    def preview(self, import_id: str) -> str:
        with self._context.database.reading() as connection:
            staged = staging.staged(connection, import_id, by=actor(), at=self._context.clock()) or _expired()
            plan = importing.plan(connection, staged.file)
        return self._preview(staged, plan)

    def apply(self, import_id: str) -> ResponseReturnValue:
        by, at = actor(), self._context.clock()
        with self._context.database.writing() as connection:
            staged = staging.staged(connection, import_id, by=by, at=at) or _expired()
            plan = importing.plan(connection, staged.file)
            if objection := _objection(staged.file, plan):
                return self._preview(staged, plan, objection), 409
            importing.write(connection, plan, by=by, at=at)
            staging.forget(connection, import_id, by=by)
        self._context.audit(by, operations.IMPORTED, {"new": len(plan.new), "changed": len(plan.changed)})
        flash(ngettext("%(num)s contact was written.", "%(num)s contacts were written.", len(plan.writes)), "success")
        return redirect(url_for("contacts.index"))

    def cancel(self, import_id: str) -> ResponseReturnValue:
        with self._context.database.writing() as connection:
            staging.forget(connection, import_id, by=actor())
        flash(_("Nothing was imported."), "info")
        return redirect(url_for("contacts.index"))

    def _preview(self, staged: Staged, plan: ImportPlan, objection: str = "") -> str:
        refused = [(row, row_problem(row)) for row in staged.file.refused[:ROWS_SHOWN]]
        return render_template(
            "contacts/preview.html", staged=staged, plan=plan, refused=refused, rows_shown=ROWS_SHOWN, objection=objection
        )


def _uploaded() -> bytes:
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise UnreadableFile(FileProblem.EMPTY)
    return upload.stream.read(LARGEST_FILE + 1)


def _objection(file: ImportFile, plan: ImportPlan) -> str:
    """Why the plan is not to be written as it stands, or nothing."""
    if request.form.get("fingerprint") != plan.fingerprint:
        return str(_("The contact book has changed since this preview was made. Look at the new one below, then import."))
    if file.refused and request.form.get("leave_out") != "on":
        return str(_("Some rows cannot be read. Agree to leave them out, or mend the file and choose it again."))
    return ""


def _expired() -> Staged:
    abort(404, description=_("This import is over: it was confirmed, given up, or waited for more than an hour."))
