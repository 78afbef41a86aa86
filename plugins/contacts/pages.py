"""The contact book's pages: the list, one entry, the CSV file."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from host.plugin_api import PluginContext, format_national
from host.plugin_api.web import actor, admin_required, is_admin
from plugins.contacts import operations
from plugins.contacts.changes import ChangedMeanwhile, NumberTaken, add_entry, change_entry, delete_entry
from plugins.contacts.domain.entry import Checked, check_entry
from plugins.contacts.exporting import csv_pieces
from plugins.contacts.import_pages import add_import_routes
from plugins.contacts.queries import LONGEST_SEARCH, entry_by_id, entry_to_change, find_page
from plugins.contacts.rows import StoredEntry
from plugins.contacts.sentences import entry_problem

ENTRIES_PER_PAGE = 50
LONGEST_FIELD = 500
"""Of what was typed, so much is read and shown again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """An entry as it stands in the form; `seen` is its version when the person began."""

    number: str = ""
    company: str = ""
    person: str = ""
    seen: str = ""


def make_pages(context: PluginContext) -> Blueprint:
    """The manifest's `pages`."""
    blueprint = Blueprint("contacts", __name__, template_folder="templates")
    pages = ContactPages(context)
    blueprint.add_url_rule("", "index", pages.index)
    blueprint.add_url_rule("/new", "new", pages.new)
    blueprint.add_url_rule("/new", "add", pages.add, methods=["POST"])
    blueprint.add_url_rule("/<int:entry_id>", "edit", pages.edit)
    blueprint.add_url_rule("/<int:entry_id>", "save", pages.save, methods=["POST"])
    blueprint.add_url_rule("/<int:entry_id>/delete", "delete", admin_required(pages.delete), methods=["POST"])
    blueprint.add_url_rule("/contacts.csv", "export", pages.export)
    add_import_routes(blueprint, context)
    return blueprint


class ContactPages:
    """The views, with what the host offers."""

    def __init__(self, context: PluginContext) -> None:
        self._context = context

    def index(self) -> str:
        search = request.args.get("q", "").strip()[:LONGEST_SEARCH]
        asked = request.args.get("page", "")
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
        with self._context.database.reading() as connection:
            page = find_page(connection, search, self._context.site.region, number, ENTRIES_PER_PAGE)
        return render_template("contacts/index.html", page=page, search=search, may_manage=is_admin())

    def new(self) -> str:
        number = request.args.get("number", "")[:LONGEST_FIELD]
        return self._page(Form(number=format_national(number, self._context.site.region)))

    def add(self) -> ResponseReturnValue:
        form = _typed()
        checked = self._checked(form)
        if checked.draft is None:
            return self._refused(form, checked)
        try:
            with self._context.database.writing() as connection:
                added = add_entry(connection, checked.draft, by=actor(), at=self._context.clock())
        except NumberTaken as taken:
            return self._taken(form, taken)
        return self._saved(added)

    def edit(self, entry_id: int) -> str:
        stored = self._entry(entry_id)
        entry = stored.entry
        number = format_national(entry.number, self._context.site.region)
        form = Form(number=number, company=entry.company, person=entry.person, seen=stored.version)
        return self._page(form, stored)

    def save(self, entry_id: int) -> ResponseReturnValue:
        form = _typed()
        checked = self._checked(form)
        if checked.draft is None:
            return self._refused(form, checked, self._entry(entry_id))
        context = self._context
        try:
            with context.database.writing() as connection:
                present = entry_to_change(connection, entry_id) or abort(404, description=_gone())
                saved = change_entry(connection, present, checked.draft, by=actor(), at=context.clock(), seen=form.seen)
        except NumberTaken as taken:
            return self._taken(form, taken, self._entry(entry_id))
        except ChangedMeanwhile as changed:
            return self._changed_meanwhile(form, changed.current)
        return self._saved(saved)

    def delete(self, entry_id: int) -> ResponseReturnValue:
        with self._context.database.writing() as connection:
            if entry_to_change(connection, entry_id) is None:
                abort(404, description=_gone())
            delete_entry(connection, entry_id)
        self._context.audit(actor(), operations.DELETED, {"id": entry_id})
        flash(_("The contact was deleted."), "success")
        return redirect(url_for("contacts.index"))

    def export(self) -> Response:
        search = request.args.get("q", "").strip()[:LONGEST_SEARCH]
        day = self._context.clock().astimezone(self._context.site.timezone).strftime("%Y%m%d")
        self._context.audit(actor(), operations.EXPORTED, {"all": not search})
        return Response(
            csv_pieces(self._context, search),
            mimetype="text/csv",
            headers={"Content-Disposition": f'attachment; filename="contacts-{day}.csv"', "Cache-Control": "no-store"},
        )

    def _entry(self, entry_id: int) -> StoredEntry:
        with self._context.database.reading() as connection:
            return entry_by_id(connection, entry_id) or abort(404, description=_gone())

    def _checked(self, form: Form) -> Checked:
        return check_entry(form.number, form.company, form.person, self._context.site.region)

    def _saved(self, stored: StoredEntry) -> ResponseReturnValue:
        flash(_("The contact was saved."), "success")
        return redirect(url_for("contacts.edit", entry_id=stored.id))

    def _refused(self, form: Form, checked: Checked, stored: StoredEntry | None = None) -> ResponseReturnValue:
        errors = {name: [entry_problem(problem)] for name, problem in checked.problems.items()}
        return self._page(form, stored, errors=errors), 422

    def _taken(self, form: Form, taken: NumberTaken, stored: StoredEntry | None = None) -> ResponseReturnValue:
        errors = {"number": [_("This number has a contact already.")]}
        return self._page(form, stored, errors=errors, other=taken.other), 409

    def _changed_meanwhile(self, form: Form, current: StoredEntry) -> ResponseReturnValue:
        return self._page(replace(form, seen=current.version), current, changed_meanwhile=True), 409

    def _page(self, form: Form, stored: StoredEntry | None = None, **more: object) -> str:
        return render_template("contacts/entry.html", form=form, stored=stored, may_manage=is_admin(), **more)


def _typed() -> Form:
    values = {name: request.form.get(name, "")[:LONGEST_FIELD] for name in ("number", "company", "person", "seen")}
    return Form(**values)


def _gone() -> str:
    return str(_("This contact is not there, or not any more."))
