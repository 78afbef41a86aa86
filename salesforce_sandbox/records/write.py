"""Create, update and delete: the rules, the row, the twin and the search index in one transaction."""

from __future__ import annotations

from typing import Any

from salesforce_sandbox import ids
from salesforce_sandbox.access import View
from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.org import Org
from salesforce_sandbox.records import person, rules
from salesforce_sandbox.records.derived import derived_values
from salesforce_sandbox.records.draft import Draft, read_changes
from salesforce_sandbox.records.locks import locked_by
from salesforce_sandbox.schema.model import SObject
from salesforce_sandbox.sosl.index import forget_record, index_record


def create_record(org: Org, view: View, sobject: SObject, body: dict[str, Any], record_id: str | None = None) -> str:
    """Write a new record and return its id. ``record_id`` is only given by the seed."""
    if view.user is not None and not sobject.createable:
        message = f"entity type cannot be inserted: {sobject.label}"
        raise SalesforceError(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message, [])
    draft = Draft(view, sobject, None, {}, read_changes(view, sobject, body, creating=True))
    draft.changes |= rules.defaults(draft)
    with org.database.transaction():
        _check(org, draft)
        _check_automation(org, draft)
        record_id = record_id or _new_id(org, sobject)
        _insert(org, draft, record_id)
        _keep_twin(org, draft, record_id)
    return record_id


def update_record(org: Org, view: View, sobject: SObject, record_id: str, body: dict[str, Any]) -> None:
    """Change a record that exists."""
    before = _existing(org, view, sobject, record_id)
    if not sobject.updateable:
        raise _no_access()
    draft = Draft(view, sobject, record_id, before, read_changes(view, sobject, body, creating=False))
    rules.check_converted(draft)
    with org.database.transaction():
        _check(org, draft)
        _check_automation(org, draft)
        _update(org, draft, record_id)
        _keep_twin(org, draft, record_id)


def delete_record(org: Org, view: View, sobject: SObject, record_id: str) -> None:
    """Put a record into the recycle bin; a person account takes its twin along."""
    before = _existing(org, view, sobject, record_id)
    if not sobject.deletable:
        raise _no_access()
    if view.user is not None:
        org.locks.check([record_id])
    now = org.clock.stamp()
    gone = [(sobject.name, record_id)]
    if sobject.name == "Account" and before.get("PersonContactId"):
        gone.append(("Contact", before["PersonContactId"]))
    with org.database.transaction():
        for name, key in gone:
            sql = f'UPDATE "{name}" SET IsDeleted = 1, SystemModstamp = ? WHERE Id = ?'  # noqa: S608 - names from the schema
            org.database.execute(sql, (now, key))
            forget_record(org.database, key)


def stored_record(org: Org, sobject_name: str, record_id: str) -> dict[str, Any] | None:
    """Return all columns of a record, deleted or not."""
    sobject = org.catalog[sobject_name]
    names = [*(f.name for f in sobject.fields.values())]
    columns = ", ".join(f'"{name}"' for name in [*names, "IsDeleted"])
    row = org.database.row(f'SELECT {columns} FROM "{sobject.name}" WHERE Id = ?', (record_id,))  # noqa: S608 - names from the schema
    return None if row is None else dict(zip([*names, "IsDeleted"], row, strict=True))


def _existing(org: Org, view: View, sobject: SObject, record_id: str) -> dict[str, Any]:
    before = stored_record(org, sobject.name, record_id)
    if before is None:
        raise SalesforceError(404, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
    if before["IsDeleted"]:
        raise SalesforceError(404, "ENTITY_IS_DELETED", "entity is deleted", [])
    if not view.shares(record_id):
        raise _no_access()
    return before


def _no_access() -> SalesforceError:
    message = "insufficient access rights on object id"
    return SalesforceError(400, "INSUFFICIENT_ACCESS_OR_READONLY", message, [])


def _check(org: Org, draft: Draft) -> None:
    is_person = draft.sobject.name == "Account" and person.is_person(draft)
    if draft.sobject.name == "Account":
        person.check_person_fields(draft)
    rules.check_required(draft, is_person)
    rules.check_references(org.database, org.catalog, draft)
    rules.check_owner(org.database, draft)
    rules.check_unique(org.database, draft)
    if draft.sobject.name in {"Task", "Event"}:
        rules.check_activity(org.database, draft)
    draft.changes |= derived_values(org.database, draft, org.last_name_first, is_person)
    if draft.creating and is_person:
        draft.changes["IsPersonAccount"] = 1


def _check_automation(org: Org, draft: Draft) -> None:
    """Rules and locks stand in the way of users, not of the sandbox itself."""
    if draft.view.user is not None:
        org.automation.check(org.database, draft)
        org.locks.check(locked_by(draft))


def _new_id(org: Org, sobject: SObject) -> str:
    return ids.make_id(sobject.key_prefix, org.database.next_number(sobject.key_prefix))


def _audit(org: Org, draft: Draft) -> dict[str, Any]:
    now = org.clock.stamp()
    actor = draft.view.user.user_id if draft.view.user else org.default_user_id
    fresh = {"LastModifiedDate": now, "LastModifiedById": actor, "SystemModstamp": now}
    if draft.creating:
        created = draft.changes.get("LastModifiedDate", now)
        fresh |= {"CreatedDate": created, "CreatedById": actor, "OwnerId": actor}
    if draft.view.user is None and "LastModifiedDate" in draft.changes:
        fresh["SystemModstamp"] = draft.changes["LastModifiedDate"]
    return {name: value for name, value in fresh.items() if draft.sobject.field(name) is not None}


def _insert(org: Org, draft: Draft, record_id: str) -> None:
    values = {**_audit(org, draft), **draft.changes, "Id": record_id}
    columns = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join("?" * len(values))
    sql = f'INSERT INTO "{draft.sobject.name}" ({columns}) VALUES ({marks})'  # noqa: S608 - names from the schema
    org.database.execute(sql, list(values.values()))
    draft.changes = values
    index_record(org, draft.sobject.name, record_id, values)


def _update(org: Org, draft: Draft, record_id: str) -> None:
    values = {**_audit(org, draft), **draft.changes}
    setters = ", ".join(f'"{name}" = ?' for name in values)
    sql = f'UPDATE "{draft.sobject.name}" SET {setters} WHERE Id = ?'  # noqa: S608 - names from the schema
    org.database.execute(sql, [*values.values(), record_id])
    draft.changes = values
    index_record(org, draft.sobject.name, record_id, {**draft.before, **values})


def _keep_twin(org: Org, draft: Draft, record_id: str) -> None:
    """Carry the change over to the other half of a person account."""
    own = View(org.catalog, None, person_accounts=True)
    modified = {k: draft.changes[k] for k in ("LastModifiedDate",) if k in draft.changes}
    if draft.sobject.name == "Account" and draft.value("IsPersonAccount"):
        changes = person.twin_changes(org.catalog, draft.changes) | modified
        _write_twin(org, own, draft, record_id, changes)
    elif draft.sobject.name == "Contact" and draft.before.get("IsPersonAccount"):
        account = draft.value("AccountId")
        values = person.account_changes(org.catalog, draft.changes) | modified
        twin = Draft(own, org.catalog["Account"], account, stored_record(org, "Account", account) or {}, values)
        twin.changes |= derived_values(org.database, twin, org.last_name_first, person=True)
        _update(org, twin, account)


def _write_twin(org: Org, own: View, draft: Draft, account_id: str, changes: dict[str, Any]) -> None:
    contact = org.catalog["Contact"]
    twin_id = draft.before.get("PersonContactId")
    before = (stored_record(org, "Contact", twin_id) or {}) if twin_id else {}
    twin = Draft(own, contact, twin_id, before, changes | {"AccountId": account_id, "IsPersonAccount": 1})
    twin.changes |= derived_values(org.database, twin, org.last_name_first, person=True)
    if twin_id:
        _update(org, twin, twin_id)
        return
    twin_id = _new_id(org, contact)
    _insert(org, twin, twin_id)
    org.database.execute('UPDATE "Account" SET PersonContactId = ? WHERE Id = ?', (twin_id, account_id))
