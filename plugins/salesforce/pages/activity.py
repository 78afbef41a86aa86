"""The tab Activity history: how calls are written as Tasks, with a live preview (R24, R25)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from host.plugin_api import PluginContext, PluginError, changes
from host.plugin_api.web import actor, said
from plugins.salesforce.activity_told import MOMENT_TITLES, told_activity
from plugins.salesforce.assignees import assignees_from
from plugins.salesforce.connecting import live_connection
from plugins.salesforce.connection import read_connection
from plugins.salesforce.domain.activity.call_kind import CallKind
from plugins.salesforce.domain.activity.placeholder import TITLES as PLACEHOLDERS
from plugins.salesforce.domain.activity.settings import activity_from
from plugins.salesforce.domain.activity.source import TITLES as SOURCES
from plugins.salesforce.domain.activity.source import Source, offered_fields
from plugins.salesforce.domain.activity.task_schema import PicklistValue, TaskField, TaskSchema
from plugins.salesforce.domain.activity.words import KIND_WORDS
from plugins.salesforce.pages.activity_form import (
    CALL_TYPES,
    LONGEST_SUBJECT,
    ActivityForm,
    field_of,
    known_form,
    read_activity_form,
)
from plugins.salesforce.pages.activity_preview import preview, recent_calls
from plugins.salesforce.pages.flow import UNPROCESSABLE
from plugins.salesforce.task_org import fresh_task, kept_task, known_task
from plugins.salesforce.wording import N_

TYPE_TITLES = {
    "string": N_("Text"),
    "textarea": N_("Long text"),
    "combobox": N_("Text"),
    "url": N_("Link"),
    "picklist": N_("Picklist"),
    "multipicklist": N_("Multi-select picklist"),
    "int": N_("Numeric value"),
    "double": N_("Numeric value"),
    "datetime": N_("Date and time"),
    "date": N_("Date"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingRow:
    """One value of a call with the fields of Task that can take it. `gone`: the chosen one is none of them."""

    name: str
    title: str
    chosen: str
    fields: Sequence[TaskField]

    @property
    def gone(self) -> bool:
        return bool(self.chosen) and self.chosen not in [field.name for field in self.fields]


class ActivityPages:
    """Views of the settings."""

    def __init__(self, context: PluginContext) -> None:
        self.context = context

    def show(self) -> ResponseReturnValue:
        schema, problem = self._schema()
        return self._page(known_form(activity_from(self.context.settings.read()), schema), schema, problem)

    def save(self) -> ResponseReturnValue:
        """All of it or, if something is wrong, nothing."""
        schema, problem = self._schema()
        before = activity_from(self.context.settings.read())
        form = read_activity_form(request.form, before, schema)
        if form.errors:
            return self._page(form, schema, problem), UNPROCESSABLE
        self.context.settings.write({"activity": form.settings.to_json()})
        told = changes(told_activity(before), told_activity(form.settings))
        if told:
            self.context.audit(actor(), N_("activity history changed"), told)
        self.context.resume_parked()
        flash(_("Saved."), "good")
        return redirect(url_for(".activity", call=request.form.get("call") or None), 303)

    def preview(self) -> ResponseReturnValue:
        """The chosen call with what is typed now; nothing is stored and Salesforce is not asked."""
        schema = self._kept()
        form = read_activity_form(request.form, activity_from(self.context.settings.read()), schema)
        if "HX-Request" not in request.headers:
            return self._page(form, schema, "")
        return render_template("salesforce/activity_preview.html", **self._preview_values(form, schema))

    def read_fields(self) -> ResponseReturnValue:
        """Ask Salesforce again which fields and statuses there are: one API call."""
        stored = self.context.settings.read()
        try:
            schema = fresh_task(live_connection(self.context), than=kept_task(stored))
        except PluginError as problem:
            flash(said(problem.message), "error")
        else:
            flash(_("The fields of Task were read again: %(count)s.", count=len(schema.fields)), "good")
        return redirect(url_for(".activity"), 303)

    def _kept(self) -> TaskSchema | None:
        kept = kept_task(self.context.settings.read())
        return kept.schema if kept else None

    def _schema(self) -> tuple[TaskSchema | None, str]:
        """What the org offers, or what it offered when it was last asked, with the reason why it cannot be asked now."""
        if read_connection(self.context) is None:
            return None, ""
        try:
            return known_task(live_connection(self.context)), ""
        except PluginError as problem:
            return self._kept(), said(problem.message)

    def _page(self, form: ActivityForm, schema: TaskSchema | None, problem: str) -> str:
        return render_template(
            "salesforce/activity.html",
            connected=read_connection(self.context) is not None,
            form=form,
            settings=form.settings,
            errors=form.errors,
            hints=form.hints,
            schema=schema,
            problem=problem,
            moments=MOMENT_TITLES,
            placeholders=PLACEHOLDERS,
            kinds={kind: KIND_WORDS[kind] for kind in CallKind},
            call_types=CALL_TYPES,
            statuses=_statuses(form, schema) if schema else (),
            rows=_rows(form, schema) if schema else (),
            types=TYPE_TITLES,
            longest_subject=LONGEST_SUBJECT,
            calls=recent_calls(self.context),
            assigned=len(assignees_from(self.context.settings.read())),
            people=len([user for user in self.context.users() if user.active]),
            **self._preview_values(form, schema),
        )

    def _preview_values(self, form: ActivityForm, schema: TaskSchema | None) -> Mapping[str, object]:
        shown = preview(self.context, form.settings, schema, request.values.get("call", ""))
        return {"preview": shown, "preview_errors": [*form.errors.get("subject", []), *form.errors.get("comment", [])]}


def _statuses(form: ActivityForm, schema: TaskSchema) -> list[tuple[str, str]]:
    """To choose from: the org's own, first what is taken if nothing is chosen."""
    labels = {known.value: known.label for known in schema.statuses}
    done = labels.get(schema.done_status)
    nothing = _("What is completed: %(status)s", status=done) if done else _("What the org takes by itself")
    chosen = form.settings.status
    gone = [PicklistValue(value=chosen, label=_("%(status)s (gone)", status=chosen))] if chosen not in labels else []
    return [("", str(nothing)), *((known.value, known.label) for known in (*schema.statuses, *gone) if known.value)]


def _rows(form: ActivityForm, schema: TaskSchema) -> list[MappingRow]:
    return [
        MappingRow(
            name=field_of(source),
            title=SOURCES[source],
            chosen=form.chosen.get(source, ""),
            fields=offered_fields(schema, source),
        )
        for source in Source
    ]
