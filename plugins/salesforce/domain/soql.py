"""The SOQL queries of the fall-back: exact written forms in every counted field, free of the search index's lag (B7)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from plugins.salesforce.domain.schema import ObjectSchema
from plugins.salesforce.domain.selection import only_open_leads, selected_fields

ROW_LIMIT = 200
RECORD_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")


def quoted(text: str) -> str:
    """A SOQL string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def number_query(schema: ObjectSchema, forms: Sequence[str], readable: Sequence[ObjectSchema], rows: int = ROW_LIMIT) -> str:
    """All records of one object that hold one of these forms in a counted field, newest first."""
    literals = ", ".join(quoted(form) for form in forms)
    held = " OR ".join(f"{phone.name} IN ({literals})" for phone in schema.phones)
    condition = only_open_leads(schema)
    where = f"({held}) AND {condition}" if condition else held
    return f"{_select(schema, readable)} WHERE {where} ORDER BY LastModifiedDate DESC, Id DESC LIMIT {rows}"


def record_query(schema: ObjectSchema, record_id: str, readable: Sequence[ObjectSchema]) -> str:
    """One record by its Id.

    Raises:
        ValueError: that is no Salesforce Id.
    """
    if not RECORD_ID.fullmatch(record_id):
        raise ValueError("not a Salesforce record Id")
    return f"{_select(schema, readable)} WHERE Id = {quoted(record_id)} LIMIT 1"


def records_query(schema: ObjectSchema, ids: Collection[str], readable: Sequence[ObjectSchema]) -> str:
    """These records by their Ids, as Salesforce gave them."""
    return f"{_select(schema, readable)} WHERE Id IN ({', '.join(quoted(one) for one in sorted(ids))})"


def _select(schema: ObjectSchema, readable: Sequence[ObjectSchema]) -> str:
    return f"SELECT {', '.join(selected_fields(schema, readable))} FROM {schema.name}"  # noqa: S608 - names from describe, values are quoted
