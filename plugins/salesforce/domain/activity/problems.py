"""What is wrong with the settings of the activity history, told at the place where it is (R24, R25)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from host.plugin_api import Sentence
from plugins.salesforce.domain.activity.length import length
from plugins.salesforce.domain.activity.placeholder import Slip, TemplateSlip, pieces, slips_in
from plugins.salesforce.domain.activity.settings import ActivitySettings
from plugins.salesforce.domain.activity.source import OURS, Source, fits, is_offered
from plugins.salesforce.domain.activity.task_schema import TaskField, TaskSchema
from plugins.salesforce.domain.activity.template import COMMENT_LIMIT, SUBJECT_LIMIT
from plugins.salesforce.domain.activity.words import KIND_WORDS, kind_synonyms
from plugins.salesforce.wording import N_

SUBJECT, COMMENT, STATUS, MAPPING, DEMANDED = "subject", "comment", "status", "mapping", "demanded"
LONG_SOURCES = frozenset({Source.MEMO, Source.TRANSCRIPT, Source.SUMMARY})
ROOMY = 4_000

UNKNOWN = N_("Line %(line)s, column %(column)s: there is no placeholder %(text)s.")
UNKNOWN_MEANT = N_("Line %(line)s, column %(column)s: there is no placeholder %(text)s. Did you mean %(meant)s?")
UNCLOSED = N_("Line %(line)s, column %(column)s: the closing brace } of %(text)s is missing.")
TOO_LONG = N_(
    "Without the placeholders it already has %(count)s characters; Salesforce takes %(limit)s. The rest is cut off."
)
STATUS_GONE = N_("The org has no status “%(status)s” any more. Tasks get the status for what is completed instead.")
FIELD_GONE = N_("This field is not there any more, or the connected user may not see it. Nothing is written into it.")
FIELD_FIXED = N_("The connected user may not write this field any more. Nothing is written into it.")
FIELD_TAKEN = N_("This field cannot be chosen: it is written for every call, or it is not for calls.")
TYPE_CHANGED = N_("A field of this type cannot take this value. Nothing is written into it.")
NOT_FILLED = N_(
    "Salesforce demands a value in the field “%(label)s” (%(name)s), and none is assigned to it: "
    "no activity can be created. Assign a value to it below, or make the field optional in Salesforce."
)
CUT = N_("Texts of more than %(limit)s characters are cut off here.")
KINDS_MISSING = N_("The field has no value for: %(kinds)s. It stays empty for these.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One line at one place.

    Args:
        place: `SUBJECT`, `COMMENT`, `STATUS`, `MAPPING` or `DEMANDED`. field: the field of Task a mapping is about, else "".
        text: the sentence, marked for the catalogue. refused: whether the settings cannot be saved with it.
    """

    place: str
    text: str
    field: str = ""
    refused: bool = False


def problems_of(settings: ActivitySettings, schema: TaskSchema) -> tuple[Problem, ...]:
    """All of them, in the order of the page. Without a schema nothing is said of the org: give `slips_of` alone then."""
    texts = (*slips_of(settings), *_too_long(settings, schema))
    return (*texts, *_status(settings, schema), *_mapping(settings, schema), *_demanded(settings, schema))


def slips_of(settings: ActivitySettings) -> tuple[Problem, ...]:
    """The placeholders that do not exist or are not closed: refused when saving (R25)."""
    templates = ((SUBJECT, settings.subject), (COMMENT, settings.comment))
    return tuple(
        Problem(place=place, text=_slip_text(slip), refused=True)
        for place, template in templates
        for slip in slips_in(template)
    )


def _slip_text(slip: TemplateSlip) -> Sentence:
    if slip.slip is Slip.UNCLOSED:
        return Sentence(UNCLOSED, line=slip.line, column=slip.column, text=slip.text)
    if slip.meant:
        return Sentence(UNKNOWN_MEANT, line=slip.line, column=slip.column, text=slip.text, meant=slip.meant)
    return Sentence(UNKNOWN, line=slip.line, column=slip.column, text=slip.text)


def _too_long(settings: ActivitySettings, schema: TaskSchema) -> Iterator[Problem]:
    limits = (
        (SUBJECT, settings.subject, schema.limit("Subject", SUBJECT_LIMIT)),
        (COMMENT, settings.comment, schema.limit("Description", COMMENT_LIMIT)),
    )
    for place, template, limit in limits:
        count = length("".join(part for part in pieces(template) if type(part) is str))
        if count > limit:
            yield Problem(place=place, text=Sentence(TOO_LONG, count=count, limit=limit))


def _status(settings: ActivitySettings, schema: TaskSchema) -> Iterator[Problem]:
    if settings.status and settings.status not in [known.value for known in schema.statuses]:
        yield Problem(place=STATUS, text=Sentence(STATUS_GONE, status=settings.status))


def _mapping(settings: ActivitySettings, schema: TaskSchema) -> Iterator[Problem]:
    for name, source in settings.mapping.items():
        text = _unusable(name, Source(source), schema.fields) or _partly(schema.fields[name], Source(source), settings)
        if text:
            yield Problem(place=MAPPING, field=name, text=text)


def _demanded(settings: ActivitySettings, schema: TaskSchema) -> Iterator[Problem]:
    for field in schema.fields.values():
        if field.demanded and field.name not in OURS and field.name not in settings.mapping:
            yield Problem(place=DEMANDED, text=Sentence(NOT_FILLED, label=field.label, name=field.name))


def _unusable(name: str, source: Source, fields: Mapping[str, TaskField]) -> str:
    """Why a field gets nothing, "" if it gets something."""
    field = fields.get(name)
    if field is None:
        return FIELD_GONE
    if not field.writable and name not in OURS:
        return FIELD_FIXED
    if not is_offered(field):
        return FIELD_TAKEN
    return "" if fits(source, field) else TYPE_CHANGED


def _partly(field: TaskField, source: Source, settings: ActivitySettings) -> str:
    """What a field does not get, "" if it gets all."""
    if source is Source.CALL_TYPE and field.restricted and field.values:
        return _kinds_missing(field, settings)
    return Sentence(CUT, limit=field.length) if source in LONG_SOURCES and 0 < field.length < ROOMY else ""


def _kinds_missing(field: TaskField, settings: ActivitySettings) -> str:
    missing = [kind for kind in KIND_WORDS if kind in settings.call_types and not _has_value(field, kind_synonyms(kind))]
    words = [Sentence(KIND_WORDS[kind]) for kind in missing]
    return Sentence(KINDS_MISSING, kinds=words) if words else ""


def _has_value(field: TaskField, names: tuple[str, ...]) -> bool:
    return any(field.value_of(name) is not None for name in names)
