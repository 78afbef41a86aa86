"""Where a semi-join may stand and what it may compare.

Texts: "with the 'OR' operator", "top level WHERE expressions", "same object type" and the code
EXCEEDED_MAX_SEMIJOIN_SUBSELECTS are quoted by users of real orgs; the others are assumed.
"""

from __future__ import annotations

from collections.abc import Iterator

from salesforce_sandbox.schema.model import Field, SObject
from salesforce_sandbox.soql.ast import Chain, Condition, Negation, Path, Query, SemiJoin
from salesforce_sandbox.soql.errors import malformed, query_error

MOST = 2
_NESTED = "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE expressions."
_NO_INNER = frozenset({"Task", "Event"})


def check_places(condition: Condition, text: str) -> None:
    """Semi-joins stand alone or in the outermost AND. Raises MALFORMED_QUERY."""
    if isinstance(condition, SemiJoin):
        return
    if isinstance(condition, Chain):
        direct = [part for part in condition.parts if isinstance(part, SemiJoin)]
        if direct and condition.operator == "OR":
            raise malformed(text, direct[0].path.at, "Semi join sub-selects are not allowed with the 'OR' operator")
        if len(direct) > MOST:
            message = f"At most {MOST} semi join sub-selects are allowed in a query"
            raise query_error("EXCEEDED_MAX_SEMIJOIN_SUBSELECTS", text, direct[MOST].path.at, message)
    nested = next((join for part in _below(condition) for join in _joins(part)), None)
    if nested is not None:
        raise malformed(text, nested.path.at, _NESTED)


def _below(condition: Condition) -> list[Condition]:
    """Return what lies deeper than the outermost AND."""
    if isinstance(condition, Chain):
        return [part for part in condition.parts if not isinstance(part, SemiJoin)]
    return [condition]


def _joins(condition: Condition) -> Iterator[SemiJoin]:
    waiting: list[Condition] = [condition]
    while waiting:
        part = waiting.pop()
        if isinstance(part, SemiJoin):
            yield part
        elif isinstance(part, Chain):
            waiting.extend(part.parts)
        elif isinstance(part, Negation):
            waiting.append(part.part)


def check_inner(query: Query, text: str) -> Path:
    """Return the one field the subquery selects. Raises MALFORMED_QUERY for anything else in it."""
    at = query.object_at
    if not query.only_fields or len(query.fields) != 1:
        raise malformed(text, at, "Only one field can be selected in a semi join sub-select")
    if query.order or query.limit is not None or query.offset or query.scope:
        raise malformed(text, at, "ORDER BY, LIMIT, OFFSET and USING SCOPE are not allowed in a semi join sub-select")
    if query.where is not None and next(_joins(query.where), None) is not None:
        raise malformed(text, at, "Nested semi join sub-selects are not supported")
    return query.fields[0]


def check_targets(
    outer: tuple[SObject, Field], inner: tuple[SObject, Field], join: SemiJoin, selected: Path, text: str
) -> None:
    """Both sides must be ids of the same object. Raises MALFORMED_QUERY and INVALID_FIELD."""
    if not outer[1].is_id:
        message = (
            "The left operand field in the where expression for outer query should be an id field, "
            f"cannot use: '{outer[1].name}'"
        )
        raise query_error("INVALID_FIELD", text, join.path.at, message)
    if inner[0].name in _NO_INNER:
        message = f"Entity '{inner[0].name}' is not supported for semi join inner selects"
        raise malformed(text, join.query.object_at, message)
    if not (_targets(*outer) & _targets(*inner)):
        message = (
            f"The selected field '{'.'.join(selected.names)}' in the subquery and the left operand field in the where "
            f"expression in the outer query '{outer[1].name}' should point to the same object type"
        )
        raise malformed(text, selected.at, message)


def _targets(sobject: SObject, field: Field) -> set[str]:
    return {sobject.name} if field.type == "id" else set(field.reference_to)
