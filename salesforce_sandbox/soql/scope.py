"""From field paths to SQL columns: which tables are joined, and what the user may name."""

from __future__ import annotations

from dataclasses import dataclass

from salesforce_sandbox.access import View
from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.schema.model import Field, SObject
from salesforce_sandbox.soql.ast import Path
from salesforce_sandbox.soql.errors import query_error

_TYPE_FIELD = Field("Type", "string", 40, "Type", frozenset("fsg"))
# The fields of the object Name, which stands for what a reference to several objects leads to (object reference).
_NAME_FIELDS = frozenset(
    {"id", "name", "firstname", "lastname", "alias", "email", "isactive", "phone", "profileid", "recordtypeid", "title",
     "userroleid", "username"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A joined row: one table, or for Who, What and some Owners one of several, of which Name shows a part.

    ``tables`` pairs alias and object.
    """

    tables: tuple[tuple[str, SObject], ...]
    polymorphic: bool = False

    def column(self, name: str) -> tuple[str, Field] | None:
        """Return the SQL expression and the field, None if no table has it."""
        if self.polymorphic and name.lower() == "type":
            return self._type_expression(), _TYPE_FIELD
        if self.polymorphic and name.lower() not in _NAME_FIELDS:
            return None
        found = [(alias, f) for alias, o in self.tables if (f := o.field(name)) is not None]
        if not found:
            return None
        columns = [f'{alias}."{f.name}"' for alias, f in found]
        return (columns[0] if len(columns) == 1 else f"COALESCE({', '.join(columns)})"), found[0][1]

    def _type_expression(self) -> str:
        cases = " ".join(f"WHEN {alias}.Id IS NOT NULL THEN '{o.name}'" for alias, o in self.tables)
        return f"CASE {cases} END"

    def relationship(self, name: str) -> Field | None:
        if self.polymorphic:
            return None
        return next((f for _, o in self.tables if (f := o.relationship(name)) is not None), None)

    @property
    def type_name(self) -> str | None:
        """The object's name; None where it depends on the row."""
        return None if self.polymorphic else self.tables[0][1].name


class Scope:
    """The FROM clause in the making."""

    def __init__(self, view: View, sobject: SObject, text: str, alias: str = "") -> None:
        self._view = view
        self._text = text
        self._own_names = {sobject.name.lower(), alias.lower()}
        self.sobject = sobject
        self._sources: dict[tuple[str, ...], Source] = {(): Source((("t0", sobject),))}
        self._joins: list[str] = []

    def column(self, path: Path) -> tuple[str, Field]:
        """Return the SQL expression of a field path and the field. Raises INVALID_FIELD."""
        *parents, name = self._local_names(path)
        source = self.source(path, tuple(parents))
        found = source.column(name)
        if found is None:
            raise self._no_column(path, name, source)
        return found

    def parents(self, path: Path) -> tuple[str, ...]:
        """Return the canonical relationship names in front of the field."""
        return tuple(self._canonical(path)[:-1])

    def field_name(self, path: Path) -> str:
        return self.column(path)[1].name

    def source(self, path: Path, parents: tuple[str, ...]) -> Source:
        """Return the row a chain of relationships leads to, joining it when first used."""
        key = tuple(name.lower() for name in parents)
        if key not in self._sources:
            self._sources[key] = self._join(path, self.source(path, parents[:-1]), parents[-1])
        return self._sources[key]

    def from_clause(self) -> str:
        return " ".join([f'"{self.sobject.name}" AS t0', *self._joins])

    def _local_names(self, path: Path) -> tuple[str, ...]:
        """Drop the object's own name or alias in front, which SOQL allows."""
        names = path.names
        if len(names) > 1 and names[0].lower() in self._own_names:
            return names[1:]
        return names

    def _canonical(self, path: Path) -> list[str]:
        names = list(self._local_names(path))
        for index in range(len(names) - 1):
            source = self.source(path, tuple(names[:index]))
            field = source.relationship(names[index])
            names[index] = (field.relationship if field else None) or names[index]
        return names

    def _join(self, path: Path, base: Source, name: str) -> Source:
        field = base.relationship(name)
        targets = [o for target in (field.reference_to if field else ()) if (o := self._view.find(target))]
        column = base.column(field.name) if field is not None else None
        if field is None or column is None or not targets:
            raise self._no_relationship(path, name)
        tables = []
        for sobject in targets:
            alias = f"t{len(self._joins) + 1}"
            self._joins.append(f'LEFT JOIN "{sobject.name}" AS {alias} ON {alias}.Id = {column[0]}')
            tables.append((alias, sobject))
        return Source(tuple(tables), polymorphic=field.has("P"))

    def _no_relationship(self, path: Path, name: str) -> SalesforceError:
        message = (
            f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom "
            "relationship, be sure to append the '__r' after the custom relationship name. Please reference your "
            "WSDL or the describe call for the appropriate names."
        )
        return query_error("INVALID_FIELD", self._text, path.at, message)

    def _no_column(self, path: Path, name: str, source: Source) -> SalesforceError:
        message = (
            f"No such column '{name}' on entity '{source.type_name or 'Name'}'. If you are attempting to use a custom "
            "field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the "
            "describe call for the appropriate names."
        )
        return query_error("INVALID_FIELD", self._text, path.at, message)
