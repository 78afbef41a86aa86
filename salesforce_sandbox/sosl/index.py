"""The search index: which record holds which token in which field, visible after the index lag.

Each time a record is written its text becomes a new document, visible from one moment until another; the terms only
name the document. So an old text stays findable until the lag is over, and forgetting a record is one small delete.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from salesforce_sandbox.schema.model import Field, SObject
from salesforce_sandbox.sosl.tokens import digits, tokens
from salesforce_sandbox.store import Database

if TYPE_CHECKING:
    from salesforce_sandbox.org import Org

WORD = "w"
NUMBER = "d"
_SEARCHED_TYPES = frozenset({"string", "phone", "email", "textarea", "url", "combobox"})
_AT_ONCE = 500_000

Term = tuple[str, int, int, int]


def index_record(org: Org, object_name: str, record_id: str, values: Mapping[str, Any]) -> None:
    """Put a record's text into the index; what it held before stays findable until the lag is over."""
    sobject = org.catalog[object_name]
    if not sobject.searchable:
        return
    visible = org.clock.timestamp() + org.settings.index_lag
    if org.settings.index_lag > 0:
        sql = "UPDATE search_document SET visible_until = ? WHERE record = ? AND visible_until IS NULL"
        org.database.execute(sql, (visible, record_id))
    else:
        forget_record(org.database, record_id)
    index_new_records(org, sobject, [(record_id, values)])


def index_new_records(org: Org, sobject: SObject, records: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Put records into the index that are not in it yet."""
    visible = org.clock.timestamp() + org.settings.index_lag
    row = org.database.row("SELECT IFNULL(MAX(id), 0) FROM search_document")
    document = int(row[0]) if row else 0
    kinds = _Kinds(org.database, sobject)
    documents: list[tuple[int, str, float]] = []
    terms: list[Term] = []
    for record_id, values in records:
        document += 1
        documents.append((document, record_id, visible))
        terms.extend(kinds.terms(document, values))
        if len(terms) > _AT_ONCE:
            _write(org.database, documents, terms)
            documents, terms = [], []
    _write(org.database, documents, terms)


def _write(database: Database, documents: list[tuple[int, str, float]], terms: list[Term]) -> None:
    database.execute_many("INSERT INTO search_document VALUES (?, ?, ?, NULL)", documents)
    terms.sort()
    database.execute_many("INSERT OR IGNORE INTO search_entry VALUES (?, ?, ?, ?)", terms)


def forget_record(database: Database, record_id: str) -> None:
    """Make a record unfindable at once. Its terms stay behind and lead to a document nobody sees."""
    database.execute("UPDATE search_document SET visible_until = 0 WHERE record = ?", (record_id,))


class _Kinds:
    """The searched fields of an object, each with the numbers under which its words and its digits are kept."""

    def __init__(self, database: Database, sobject: SObject) -> None:
        sql = "SELECT form, field, id FROM search_kind WHERE object = ?"
        known = {(form, field): kind for form, field, kind in database.rows(sql, (sobject.name,))}
        self._fields = {
            f.name: [(form, known.get((form, f.name)) or _new_kind(database, form, sobject, f)) for form in _forms(f)]
            for f in sobject.fields.values()
            if _forms(f)
        }

    def terms(self, document: int, values: Mapping[str, Any]) -> Iterator[Term]:
        for name, text in values.items():
            for form, kind in self._fields.get(name, ()) if text else ():
                found = tokens(text) if form == WORD else [digits(text)]
                for position, token in enumerate(found):
                    if token:
                        yield token, kind, document, position


def _forms(field: Field) -> tuple[str, ...]:
    if field.type == "phone":
        return WORD, NUMBER
    return (WORD,) if field.type in _SEARCHED_TYPES else ()


def _new_kind(database: Database, form: str, sobject: SObject, field: Field) -> int:
    key = (form, sobject.name, field.name)
    database.execute("INSERT INTO search_kind (form, object, field) VALUES (?, ?, ?)", key)
    row = database.row("SELECT id FROM search_kind WHERE form = ? AND object = ? AND field = ?", key)
    return int(row[0]) if row else 0
