"""``columns=true`` of a query: what its columns are, without any record (Salesforce's own command line asks for it)."""

from __future__ import annotations

from typing import Any

from salesforce_sandbox.access import View
from salesforce_sandbox.schema.model import NUMBER_TYPES, Field, SObject
from salesforce_sandbox.soql.ast import Query
from salesforce_sandbox.soql.parse import parse_query


def describe_columns(view: View, text: str) -> dict[str, Any]:
    """Describe the columns of a statement that was run without complaint. The form is assumed from its readers."""
    query = parse_query(text)
    sobject = view.find(query.object_name)
    columns = _fields(sobject, query) + _outputs(query) + _children(query)
    return {
        "columnMetadata": columns,
        "entityName": sobject.name if sobject else query.object_name,
        "groupBy": bool(query.group),
        "idSelected": any(column["columnName"] == "Id" for column in columns),
        "keyPrefix": sobject.key_prefix if sobject else None,
    }


def _fields(sobject: SObject | None, query: Query) -> list[dict[str, Any]]:
    """Plain fields, and those of one parent together under its name."""
    columns: dict[str, dict[str, Any]] = {}
    for path in query.fields:
        first, *rest = path.names
        column = columns.setdefault(first, _column(first, sobject.field(first) if sobject else None))
        for name in rest:
            joined = _column(name)
            column["joinColumns"].append(joined)
            column = joined
    return list(columns.values())


def _outputs(query: Query) -> list[dict[str, Any]]:
    names = [output.alias or f"expr{number}" for number, output in enumerate(query.outputs)]
    return [_column(name) | {"aggregate": True} for name in names]


def _children(query: Query) -> list[dict[str, Any]]:
    return [
        _column(child.object_name) | {"aggregate": True, "joinColumns": _fields(None, child)} for child in query.children
    ]


def _column(name: str, field: Field | None = None) -> dict[str, Any]:
    kind = field.type if field else "string"
    return {
        "aggregate": False, "apexType": None, "booleanType": kind == "boolean", "columnName": field.name if field else name,
        "custom": field.custom if field else False, "displayName": field.name if field else name, "foreignKeyName": None,
        "insertable": field.has("c") if field else False, "joinColumns": [], "numberType": kind in NUMBER_TYPES,
        "textType": kind not in NUMBER_TYPES and kind != "boolean", "updatable": field.has("u") if field else False,
    }  # fmt: skip
