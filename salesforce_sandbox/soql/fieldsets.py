"""FIELDS(ALL), FIELDS(STANDARD) and FIELDS(CUSTOM), from API version 51.0 on."""

from __future__ import annotations

from dataclasses import replace

from salesforce_sandbox.schema.model import SObject
from salesforce_sandbox.soql.ast import Function, Path, Query
from salesforce_sandbox.soql.errors import malformed

MOST_ROWS = 200
SINCE = 51.0
_SETS = frozenset({"ALL", "STANDARD", "CUSTOM"})


def spelled_out(query: Query, sobject: SObject, version: str) -> Query:
    """Return the query with its field sets as fields. Raises MALFORMED_QUERY."""
    if not query.field_sets:
        return query
    fields = list(query.fields)
    for field_set in query.field_sets:
        fields += _members(query, field_set, sobject, version)
    return replace(query, fields=tuple(fields), field_sets=())


def _members(query: Query, field_set: Function, sobject: SObject, version: str) -> list[Path]:
    name = field_set.path.names[-1].upper() if field_set.path else ""
    if name not in _SETS or float(version) < SINCE:
        raise malformed(query.text, field_set.at, "unexpected token: '('")
    if name != "STANDARD" and (query.limit is None or query.limit > MOST_ROWS):
        raise malformed(query.text, field_set.at, f"The SOQL FIELDS function must have a LIMIT of at most {MOST_ROWS}")
    wanted = [f for f in sobject.fields.values() if name == "ALL" or f.custom == (name == "CUSTOM")]
    return [Path((f.name,), field_set.at) for f in wanted]
