"""The Task of the org, as far as it is written: its fields, their types and the values they allow (R24)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

_COMPLETED = ("Completed", "完了")
"""What the status for completed Tasks is called in an org that was made in English or in Japanese."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PicklistValue:
    """A value that may be chosen: as the API names it and as people see it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskField:
    """One field of Task, by its API name. `length` is 0 where it has none, `digits` those in front of the decimal point.

    `rich` is a text field that holds HTML. `values` are the active ones. `demanded`: Salesforce makes no Task without a
    value in it, and gives it none by itself.
    """

    name: str
    label: str
    type: str
    length: int = 0
    digits: int = 0
    createable: bool = True
    updateable: bool = True
    restricted: bool = False
    rich: bool = False
    demanded: bool = False
    values: tuple[PicklistValue, ...] = ()

    @property
    def writable(self) -> bool:
        return self.createable and self.updateable

    def value_of(self, wanted: str) -> str | None:
        """The value that is called so, by the API's name or by its label, whatever the case; None if there is none."""
        key = wanted.strip().casefold()
        named = (known.value for known in self.values if key in (known.value.casefold(), known.label.casefold()))
        return next(named, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSchema:
    """The fields of Task that the connected user sees, by name. `closed`: which statuses count as done, if it is known."""

    fields: Mapping[str, TaskField]
    closed: tuple[str, ...] = ()

    def writable(self, name: str, *, creating_only: bool = False) -> bool:
        """Whether the user may write a field, or, `creating_only`, may at least give it to a new Task."""
        field = self.fields.get(name)
        return field is not None and (field.createable if creating_only else field.writable)

    def limit(self, name: str, most: int) -> int:
        """How many characters a text field holds, at most `most`."""
        field = self.fields.get(name)
        return min(field.length, most) if field and field.length else most

    @property
    def statuses(self) -> tuple[PicklistValue, ...]:
        field = self.fields.get("Status")
        return field.values if field else ()

    @property
    def done_status(self) -> str:
        """The org's status for a Task that is done, "" if it has none that is known: then the org's default stands.

        A closed Task also keeps Salesforce from locking the records it hangs on (spec salesforce.md, section 7).
        """
        names = [known.value for known in self.statuses]
        wanted = [name for name in (*_COMPLETED, *self.closed) if name in names and (not self.closed or name in self.closed)]
        return next(iter(wanted), "")


def read_task(describe: Mapping[str, Any], closed: Iterable[str] = ()) -> TaskSchema:
    """The schema in a describe reply of Task.

    Args:
        closed: the statuses for which Salesforce says IsClosed (`SELECT ApiName, MasterLabel FROM TaskStatus`).
    """
    fields = [_field(field) for field in describe.get("fields", ()) if _is_usable(field)]
    return TaskSchema(fields={field.name: field for field in fields}, closed=tuple(closed))


def _is_usable(field: object) -> bool:
    return isinstance(field, Mapping) and bool(field.get("name")) and not field.get("deprecatedAndHidden")


def _field(field: Mapping[str, Any]) -> TaskField:
    precision, scale = int(field.get("precision") or 0), int(field.get("scale") or 0)
    return TaskField(
        name=str(field["name"]),
        label=str(field.get("label") or field["name"]),
        type=str(field.get("type")),
        length=int(field.get("length") or 0),
        digits=int(field.get("digits") or 0) or precision - scale,
        createable=bool(field.get("createable")),
        updateable=bool(field.get("updateable")),
        restricted=bool(field.get("restrictedPicklist")),
        rich=bool(field.get("htmlFormatted")),
        demanded=_is_demanded(field),
        values=tuple(_value(value) for value in field.get("picklistValues") or () if value.get("active", True)),
    )


def _is_demanded(field: Mapping[str, Any]) -> bool:
    """Boolean fields are never empty."""
    optional = field.get("nillable", True) or field.get("defaultedOnCreate") or field.get("type") == "boolean"
    return bool(field.get("createable")) and not optional


def _value(value: Mapping[str, Any]) -> PicklistValue:
    return PicklistValue(value=str(value["value"]), label=str(value.get("label") or value["value"]))


def task_to_json(schema: TaskSchema) -> dict[str, Any]:
    """As it is kept in the settings."""
    return {"fields": [asdict(field) for field in schema.fields.values()], "closed": list(schema.closed)}


def task_from_json(value: Mapping[str, Any]) -> TaskSchema:
    """What `task_to_json` wrote."""
    fields = [_field_from_json(field) for field in value["fields"]]
    return TaskSchema(fields={field.name: field for field in fields}, closed=tuple(value["closed"]))


def _field_from_json(value: Mapping[str, Any]) -> TaskField:
    values = tuple(PicklistValue(**known) for known in value["values"])
    return TaskField(**{**value, "values": values})
