"""The settings of one plugin by its schema: loaded typed, stored with the secret ones sealed, each change logged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError

from host.plugin_api import Changed, NeedsConfiguration, Secrets, Settings
from host.plugin_settings.fields import Kind, SettingsField, fields_of
from host.plugin_settings.messages import in_our_words
from host.sentences import Sentence

Errors = Mapping[str, list[str]]
OF_THE_WHOLE = "_schema"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What a person entered: its values as the schema loaded them, or what is wrong by field (`_schema`: the whole)."""

    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    errors: Errors = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SchemaSettings:
    """The settings that `schema` describes; without one there are none."""

    settings: Settings
    secrets: Secrets
    schema: type[Schema] | None

    @property
    def fields(self) -> tuple[SettingsField, ...]:
        return fields_of(self.schema) if self.schema else ()

    def load(self) -> Mapping[str, Any]:
        """The typed values, those of secrets too.

        Raises:
            NeedsConfiguration: something that is required is not set, or no longer valid.
        """
        if self.schema is None:
            return {}
        entered = self.check(self._raw())
        if entered.errors:
            wrong = [Sentence(one.label) for one in self.fields if one.name in entered.errors]
            raise NeedsConfiguration(
                Sentence("The plugin's settings are not complete: %(names)s. An admin fills them in.", names=wrong)
                if wrong
                else Sentence("The plugin's settings do not fit together. An admin mends them.")
            )
        return entered.values

    def check(self, raw: Mapping[str, Any]) -> Entered:
        """What the schema says of these raw values; a secret that is not among them is the one that is stored."""
        if self.schema is None:
            return Entered()
        kept = {name: text for name in self.secret_names if (text := self.secrets.get(name))}
        try:
            return Entered(values=self.schema().load({**kept, **raw}, unknown=EXCLUDE))
        except ValidationError as wrong:
            return Entered(errors=_flat(wrong.messages))

    def save(self, raw: Mapping[str, Any]) -> Entered:
        """Store these raw values if they are valid; a secret that is not among them is kept."""
        entered = self.check(raw)
        if entered.errors or self.schema is None:
            return entered
        dumped = self.schema().dump(entered.values)
        secret = self.secret_names
        self.settings.write({one.name: dumped.get(one.name) for one in self.fields if one.name not in secret})
        self.secrets.put({name: str(raw[name]) for name in secret if raw.get(name)})
        return entered

    def shown(self) -> Mapping[str, Any]:
        """What a form shows: stored values or defaults; of a secret only whether there is one."""
        stored = self.settings.read()
        return {
            one.name: self._has(one.name) if one.kind is Kind.SECRET else stored.get(one.name, one.default)
            for one in self.fields
        }

    def _raw(self) -> dict[str, Any]:
        stored = self.settings.read()
        return {one.name: stored[one.name] for one in self.fields if one.name in stored}

    def _has(self, name: str) -> bool:
        return bool(self.secrets.get(name))

    @property
    def secret_names(self) -> frozenset[str]:
        return frozenset(one.name for one in self.fields if one.kind is Kind.SECRET)


def told(fields: tuple[SettingsField, ...], before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """A change, for the operation log: what `shown` gave before and the raw values that were saved. Secrets are not told."""
    detail: dict[str, Any] = {}
    for one in fields:
        if one.kind is Kind.SECRET:
            detail[one.label] = "changed" if after.get(one.name) else "kept"
        elif before[one.name] != after[one.name]:
            detail[one.label] = Changed(_in_words(before[one.name]), _in_words(after[one.name]))
    return detail


def _in_words(value: object) -> object:
    if isinstance(value, bool):
        return Sentence("yes") if value else Sentence("no")
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _flat(messages: Any) -> dict[str, list[str]]:
    """marshmallow's messages by field; those of a list's members belong to the list."""
    if not isinstance(messages, dict):
        return {OF_THE_WHOLE: _texts(messages)}
    return {str(name): list(dict.fromkeys(_texts(found))) for name, found in messages.items()}


def _texts(found: Any) -> list[str]:
    if isinstance(found, dict):
        return [text for inner in found.values() for text in _texts(inner)]
    return [in_our_words(str(text)) for text in found] if isinstance(found, list) else [in_our_words(str(found))]
