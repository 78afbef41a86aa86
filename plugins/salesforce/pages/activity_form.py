"""What was typed into the form of the activity history, read and checked (R24, R25)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from host.plugin_api.web import said
from plugins.salesforce.domain.activity.call_kind import CallKind
from plugins.salesforce.domain.activity.length import clean, one_line
from plugins.salesforce.domain.activity.problems import MAPPING, Problem, problems_of, slips_of
from plugins.salesforce.domain.activity.settings import ActivitySettings, Moment
from plugins.salesforce.domain.activity.source import Source
from plugins.salesforce.domain.activity.task_schema import TaskSchema

CALL_TYPES = "call_types"
LONGEST_SUBJECT, LONGEST_COMMENT = 1000, 32_000

Errors = dict[str, list[str]]
Form = MultiDict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityForm:
    """The form: `settings` as typed, what forbids saving by field (`errors`), and what is worth saying (`hints`).

    `chosen`: the field of Task by what it receives, also where two are the same, which is an error.
    """

    settings: ActivitySettings
    chosen: Mapping[Source, str]
    errors: Mapping[str, list[str]]
    hints: Mapping[str, list[str]]


def field_of(source: Source) -> str:
    """The name of the field of the form in which the Task field for this source is chosen."""
    return f"map_{source}"


def read_activity_form(form: Form, before: ActivitySettings, schema: TaskSchema | None) -> ActivityForm:
    """What was typed. Without a schema the status and the mapping are not in the form, and stay."""
    settings = ActivitySettings(
        enabled="enabled" in form,
        moment=next((moment for moment in Moment if moment == form.get("moment")), before.moment),
        subject=one_line(form.get("subject", "")),
        comment=clean(form.get("comment", "")),
        call_types=frozenset(kind for kind in CallKind if kind in form.getlist(CALL_TYPES)),
        unmatched="unmatched" in form,
        status=before.status,
        mapping=before.mapping,
    )
    if schema is None:
        return _checked(settings, None, _chosen(before))
    wanted = _mapping(form, schema, before)
    mapping = {name: source.value for source, name in wanted.items()}
    return _checked(replace(settings, status=_status(form, schema, before), mapping=mapping), schema, wanted)


def known_form(settings: ActivitySettings, schema: TaskSchema | None) -> ActivityForm:
    """The settings as they are stored, with what is wrong with them now."""
    return _checked(settings, schema, _chosen(settings))


def _chosen(settings: ActivitySettings) -> dict[Source, str]:
    return {Source(source): name for name, source in settings.mapping.items()}


def _status(form: Form, schema: TaskSchema, before: ActivitySettings) -> str:
    known = {"", before.status, *(value.value for value in schema.statuses)}
    return form["status"] if form.get("status") in known else before.status


def _mapping(form: Form, schema: TaskSchema, before: ActivitySettings) -> dict[Source, str]:
    """What was chosen; a name that is no field and was none before is nothing one could have chosen."""
    known = {*schema.fields, *before.mapping}
    chosen = {source: form.get(field_of(source), "") for source in Source}
    return {source: name for source, name in chosen.items() if name in known}


def _taken_twice(chosen: Mapping[Source, str]) -> Errors:
    names = list(chosen.values())
    text = _("This field is chosen for another value too. One field takes one value.")
    return {field_of(source): [str(text)] for source, name in chosen.items() if names.count(name) > 1}


def _checked(settings: ActivitySettings, schema: TaskSchema | None, chosen: Mapping[Source, str]) -> ActivityForm:
    problems = problems_of(settings, schema) if schema else slips_of(settings)
    refused = _by_place([one for one in problems if one.refused], settings)
    hints = _by_place([one for one in problems if not one.refused], settings)
    errors = {**refused, **_taken_twice(chosen), **_own_errors(settings)}
    return ActivityForm(settings=settings, chosen=chosen, errors=errors, hints=hints)


def _own_errors(settings: ActivitySettings) -> Errors:
    errors: Errors = {}
    if len(settings.subject) > LONGEST_SUBJECT:
        errors["subject"] = [_("Write at most %(most)s characters.", most=LONGEST_SUBJECT)]
    if len(settings.comment) > LONGEST_COMMENT:
        errors["comment"] = [_("Write at most %(most)s characters.", most=LONGEST_COMMENT)]
    if settings.enabled and not settings.call_types:
        errors[CALL_TYPES] = [_("Tick at least one kind of call.")]
    return errors


def _by_place(problems: list[Problem], settings: ActivitySettings) -> Errors:
    found: Errors = {}
    for problem in problems:
        place = field_of(Source(settings.mapping[problem.field])) if problem.place == MAPPING else problem.place
        found.setdefault(place, []).append(str(said(problem.text)))
    return found
