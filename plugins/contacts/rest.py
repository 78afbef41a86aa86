"""The contact book over REST: list, find by number, add, change, delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from flask.views import MethodView
from flask_babel import gettext as _
from flask_smorest import Blueprint, abort

from host.plugin_api import PluginContext, parse_number
from host.plugin_api.web import actor, admin_required
from plugins.contacts import operations
from plugins.contacts.changes import NumberTaken, add_entry, change_entry, delete_entry
from plugins.contacts.domain.cursor import Position, read_cursor, write_cursor
from plugins.contacts.domain.entry import Draft, Problem, check_entry
from plugins.contacts.queries import entry_by_id, entry_by_number, entry_to_change, find_after
from plugins.contacts.rows import StoredEntry
from plugins.contacts.schemas import (
    ContactEntrySchema,
    ContactListSchema,
    ContactPatchSchema,
    ContactQuerySchema,
    NewContactSchema,
)
from plugins.contacts.sentences import entry_problem

Found = dict[str, Any]
_stop: Callable[..., NoReturn] = abort


def make_rest(context: PluginContext) -> Blueprint:
    """The manifest's `rest`."""
    blueprint = Blueprint("contacts", __name__, description="The contact book: names by telephone number.")
    _add_collection(blueprint, ContactApi(context))
    _add_item(blueprint, ContactApi(context))
    return blueprint


def _add_collection(blueprint: Blueprint, contacts: ContactApi) -> None:
    @blueprint.route("")
    class Contacts(MethodView):
        @blueprint.arguments(ContactQuerySchema, location="query")
        @blueprint.response(200, ContactListSchema)
        def get(self, query: Mapping[str, Any]) -> Found:
            """List contacts in the order of their names, or find one by its number."""
            return contacts.find(query)

        @blueprint.arguments(NewContactSchema)
        @blueprint.response(201, ContactEntrySchema)
        @blueprint.alt_response(409, description="The number has a contact already.")
        def post(self, body: Mapping[str, str]) -> StoredEntry:
            """Add a contact."""
            return contacts.add(body)


def _add_item(blueprint: Blueprint, contacts: ContactApi) -> None:
    @blueprint.route("/<int:contact_id>")
    class Contact(MethodView):
        @blueprint.response(200, ContactEntrySchema)
        @blueprint.alt_response(404, description="There is no such contact.")
        def get(self, contact_id: int) -> StoredEntry:
            """One contact."""
            return contacts.get(contact_id)

        @blueprint.arguments(ContactPatchSchema)
        @blueprint.response(200, ContactEntrySchema)
        @blueprint.alt_response(404, description="There is no such contact.")
        @blueprint.alt_response(409, description="Another contact has the number already.")
        def patch(self, body: Mapping[str, str], contact_id: int) -> StoredEntry:
            """Change a contact; what is not given stays."""
            return contacts.change(contact_id, body)

        @blueprint.response(204)
        @blueprint.alt_response(403, description="Only admins delete contacts.")
        @blueprint.alt_response(404, description="There is no such contact.")
        def delete(self, contact_id: int) -> None:
            """Delete a contact; for admins."""
            admin_required(contacts.delete)(contact_id)


class ContactApi:
    """What the routes do, with what the host offers."""

    def __init__(self, context: PluginContext) -> None:
        self._context = context

    def find(self, query: Mapping[str, Any]) -> Found:
        if "number" in query:
            return {"contacts": self._with_number(query["number"]), "next_cursor": None}
        after, limit = _position(query.get("cursor")), query["limit"]
        with self._context.database.reading() as connection:
            found = find_after(connection, query.get("search", ""), self._context.site.region, after, limit + 1)
        more = write_cursor(found[limit - 1].position) if len(found) > limit else None
        return {"contacts": found[:limit], "next_cursor": more}

    def get(self, contact_id: int) -> StoredEntry:
        with self._context.database.reading() as connection:
            return entry_by_id(connection, contact_id) or _not_there()

    def add(self, body: Mapping[str, str]) -> StoredEntry:
        draft = self._draft(body["number"], body["company"], body["person"])
        try:
            with self._context.database.writing() as connection:
                return add_entry(connection, draft, by=actor(), at=self._context.clock())
        except NumberTaken as taken:
            _conflict(taken)

    def change(self, contact_id: int, body: Mapping[str, str]) -> StoredEntry:
        try:
            with self._context.database.writing() as connection:
                present = entry_to_change(connection, contact_id) or _not_there()
                return change_entry(connection, present, self._changed(present, body), by=actor(), at=self._context.clock())
        except NumberTaken as taken:
            _conflict(taken)

    def delete(self, contact_id: int) -> None:
        with self._context.database.writing() as connection:
            delete_entry(connection, (entry_to_change(connection, contact_id) or _not_there()).id)
        self._context.audit(actor(), operations.DELETED, {"id": contact_id})

    def _with_number(self, typed: str) -> list[StoredEntry]:
        number = parse_number(typed, self._context.site.region)
        if number is None:
            _refuse({"number": Problem.NUMBER_UNREADABLE}, "query")
        with self._context.database.reading() as connection:
            found = entry_by_number(connection, number)
        return [found] if found else []

    def _changed(self, present: StoredEntry, body: Mapping[str, str]) -> Draft:
        entry = present.entry
        return self._draft(
            body.get("number", entry.number), body.get("company", entry.company), body.get("person", entry.person)
        )

    def _draft(self, number: str, company: str, person: str) -> Draft:
        checked = check_entry(number, company, person, self._context.site.region)
        return checked.draft or _refuse(checked.problems, "json")


def _position(cursor: str | None) -> Position | None:
    if cursor is None:
        return None
    try:
        return read_cursor(cursor)
    except ValueError:
        message = _("This cursor is not one of ours. Begin again without it.")
        _stop(422, message=message, errors={"query": {"cursor": [message]}})


def _not_there() -> NoReturn:
    _stop(404, message=_("There is no contact with this id."))


def _conflict(taken: NumberTaken) -> NoReturn:
    errors = {"json": {"number": [_("This number has a contact already.")]}}
    message = _("This number has a contact already. Change that one instead.")
    if taken.other is not None:
        message = _("This number has a contact already: %(id)s. Change that one instead.", id=taken.other.id)
    _stop(409, message=message, errors=errors)


def _refuse(problems: Mapping[str, Problem], location: str) -> NoReturn:
    errors = {name: [entry_problem(problem)] for name, problem in problems.items()}
    _stop(
        422, message=" ".join(sentence for sentences in errors.values() for sentence in sentences), errors={location: errors}
    )
