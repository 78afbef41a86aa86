"""Reads the forms of the pages with marshmallow, and says in the page's language what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import EXCLUDE, Schema, ValidationError, fields

from host.domain.visible_text import visible_line

Check = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent: `values` are read and checked if `errors` is empty, else as they were typed."""

    values: Mapping[str, Any]
    errors: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def valid(self) -> bool:
        return not self.errors


class FormSchema(Schema):
    """Base of the pages' forms: what is not asked for is left out."""

    class Meta:
        """marshmallow's options."""

        unknown = EXCLUDE


def read_form(schema: type[FormSchema]) -> Form:
    """The form that was posted."""
    typed = request.form.to_dict()
    try:
        return Form(schema().load(typed))
    except ValidationError as wrong:
        return Form(typed, _messages(wrong))


def _messages(wrong: ValidationError) -> dict[str, list[str]]:
    found = wrong.messages
    return {name: list(said) for name, said in found.items()} if isinstance(found, dict) else {"": list(found)}


def text(*checks: Check) -> fields.String:
    """A line of text without space around it; missing is empty."""
    return Trimmed(load_default="", validate=list(checks))


def secret_text(*checks: Check) -> fields.String:
    """A password: taken as it was typed."""
    return fields.String(load_default="", validate=list(checks))


class Trimmed(fields.String):
    """Text without the space around it and without characters nobody can see."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        read = super()._deserialize(value, attr, data, **kwargs)
        return visible_line(str(read)).strip()


def filled(value: str) -> None:
    if not value:
        raise ValidationError(_("Fill this in."))


def at_most(length: int) -> Check:
    def check(value: str) -> None:
        if len(value) > length:
            raise ValidationError(ngettext("At most %(num)s character.", "At most %(num)s characters.", length))

    return check


def one_of(*allowed: str) -> Check:
    def check(value: str) -> None:
        if value not in allowed:
            raise ValidationError(_("Choose one of the list."))

    return check
