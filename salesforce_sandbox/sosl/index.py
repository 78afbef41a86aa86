"""The search index: which record holds which token in which field, visible after the index lag."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from salesforce_sandbox.schema.model import Field
from salesforce_sandbox.sosl.tokens import digits, tokens
from salesforce_sandbox.store import Database

if TYPE_CHECKING:
    from salesforce_sandbox.org import Org

WORD = "w"
NUMBER = "d"
_SEARCHED_TYPES = frozenset({"string", "phone", "email", "textarea", "url", "combobox"})


def index_record(org: Org, object_name: str, record_id: str, values: dict[str, Any]) -> None:
    """Put a record's text into the index; what it held before stays findable until the lag is over."""
    sobject = org.catalog[object_name]
    if not sobject.searchable:
        return
    visible = org.clock.timestamp() + org.settings.index_lag
    if org.settings.index_lag > 0:
        sql = "UPDATE search_term SET visible_until = ? WHERE record = ? AND visible_until IS NULL"
        org.database.execute(sql, (visible, record_id))
    else:
        forget_record(org.database, record_id)
    rows = (
        (token, form, object_name, record_id, field.name, position, visible)
        for field in sobject.fields.values()
        if field.type in _SEARCHED_TYPES and values.get(field.name)
        for token, form, position in _terms(field, values[field.name])
    )
    org.database.execute_many("INSERT INTO search_term VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", rows)


def forget_record(database: Database, record_id: str) -> None:
    database.execute("DELETE FROM search_term WHERE record = ?", (record_id,))


def _terms(field: Field, text: str) -> Iterator[tuple[str, str, int]]:
    for position, token in enumerate(tokens(text)):
        yield token, WORD, position
    if field.type == "phone" and (number := digits(text)):
        yield number, NUMBER, 0
