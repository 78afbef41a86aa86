"""What a settings schema asks for, field by field: which kind of box each is, and whether the host can draw it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from marshmallow import Schema, fields, missing, validate

from host.sentences import Sentence

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Kind(StrEnum):
    """How a field is drawn."""

    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - a kind of box
    INTEGER = "integer"
    NUMBER = "number"
    EMAIL = "email"
    URL = "url"
    CHECKBOX = "checkbox"
    SELECT = "select"
    LINES = "lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsField:
    """One setting. Label, help and the texts of its options are English, of the plugin's catalogue."""

    name: str
    kind: Kind
    label: str
    help: str = ""
    required: bool = False
    default: object = None
    options: tuple[tuple[str, str], ...] = ()


class SchemaUnusable(Exception):
    """The host cannot make a form of this schema; `sentence` says why."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence


PLAIN: tuple[tuple[type[fields.Field], Kind], ...] = (  # type: ignore[type-arg] # of whatever they hold
    (fields.Boolean, Kind.CHECKBOX),
    (fields.Enum, Kind.SELECT),
    (fields.Integer, Kind.INTEGER),
    (fields.Float, Kind.NUMBER),
    (fields.Email, Kind.EMAIL),
    (fields.Url, Kind.URL),
    (fields.String, Kind.TEXT),
)
LISTED = (Kind.TEXT, Kind.INTEGER, Kind.NUMBER, Kind.EMAIL, Kind.URL)


def fields_of(schema: type[Schema]) -> tuple[SettingsField, ...]:
    """The fields in the order in which they are declared.

    Raises:
        SchemaUnusable: one of them cannot be drawn.
    """
    return tuple(_field(name, one) for name, one in schema().load_fields.items())


def _field(name: str, one: fields.Field) -> SettingsField:  # type: ignore[type-arg]
    if not NAME.fullmatch(name) or one.data_key or one.attribute:
        raise SchemaUnusable(
            Sentence(
                "Its setting “%(name)s” needs a name of lower-case letters, digits and underscores, and no other.", name=name
            )
        )
    kind = _kind(name, one)
    return SettingsField(
        name=name,
        kind=kind,
        label=str(one.metadata.get("label", name)),
        help=str(one.metadata.get("help", "")),
        required=one.required,
        default=None if one.load_default is missing else one.load_default,
        options=_options(one) if kind is Kind.SELECT else (),
    )


def _kind(name: str, one: fields.Field) -> Kind:  # type: ignore[type-arg]
    plain = next((kind for of, kind in PLAIN if isinstance(one, of)), None)
    if one.metadata.get("secret"):
        plain = Kind.SECRET if plain in (Kind.TEXT, Kind.URL) else None
    elif isinstance(one, fields.List) and _kind(name, one.inner) in LISTED:
        return Kind.LINES
    elif plain is not None and _choices(one) is not None:
        return Kind.SELECT
    if plain is None:
        kinds = ", ".join(of.__name__ for of, _kind_of in PLAIN)
        raise SchemaUnusable(
            Sentence(
                "Its setting “%(name)s” cannot be drawn: a setting is one of %(kinds)s or a List of texts or numbers, "
                "and only a text can be secret.",
                name=name,
                kinds=kinds,
            )
        )
    return plain


def _choices(one: fields.Field) -> validate.OneOf | None:  # type: ignore[type-arg]
    return next((check for check in one.validators if isinstance(check, validate.OneOf)), None)


def _options(one: fields.Field) -> tuple[tuple[str, str], ...]:  # type: ignore[type-arg]
    choices = _choices(one)
    if choices is not None:
        return tuple(_labelled(map(str, choices.choices), [str(label) for label in choices.labels]))
    if not isinstance(one, fields.Enum):
        return ()
    return tuple((str(member.value) if one.by_value else member.name, str(member.value)) for member in one.enum)


def _labelled(choices: Iterable[str], labels: list[str]) -> Iterable[tuple[str, str]]:
    return ((choice, labels[place] if place < len(labels) else choice) for place, choice in enumerate(choices))
