"""What one user may see of the org: the only way the API looks at objects and fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from salesforce_sandbox.schema.catalog import Catalog
from salesforce_sandbox.schema.model import Field, SObject
from salesforce_sandbox.users import LoginUser


@dataclass(frozen=True, slots=True)
class View:
    """The org through one user's eyes; ``user`` None is the sandbox itself, which may do everything.

    ``version`` of the API it is looked at with; ``save_duplicates``: what duplicate rules let pass on request.
    """

    catalog: Catalog
    user: LoginUser | None
    person_accounts: bool
    version: str = "51.0"
    save_duplicates: bool = False

    def find(self, name: str) -> SObject | None:
        """Return the object with the fields and operations the user has, None if he may not read it."""
        sobject = self.catalog.find(name)
        if sobject is None or (self.user is not None and not self.user.may("read", sobject.name)):
            return None
        fields = {key: self._as_seen(sobject, f) for key, f in sobject.fields.items() if self._sees(sobject, f)}
        return self._with_rights(sobject.having(fields))

    def __iter__(self) -> Iterator[SObject]:
        seen = (self.find(sobject.name) for sobject in self.catalog)
        return (sobject for sobject in seen if sobject is not None)

    def hidden_records(self) -> list[str]:
        return [] if self.user is None else self.user.hidden_records

    def shares(self, record_id: str) -> bool:
        return record_id not in self.hidden_records()

    def _sees(self, sobject: SObject, field: Field) -> bool:
        if field.person and not self.person_accounts:
            return False
        return self.user is None or self.user.may_field("read", sobject.name, field.name)

    def _as_seen(self, sobject: SObject, field: Field) -> Field:
        if self.user is None or self.user.may_field("edit", sobject.name, field.name):
            return field
        return field.readonly()

    def _with_rights(self, sobject: SObject) -> SObject:
        user = self.user
        if user is None:
            return sobject
        return replace(
            sobject,
            createable=sobject.createable and user.may("create", sobject.name),
            updateable=sobject.updateable and user.may("edit", sobject.name),
            deletable=sobject.deletable and user.may("delete", sobject.name),
        )
