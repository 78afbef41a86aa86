"""What the page at / shows: the org's records, sessions, last API calls, settings and faults, without a secret."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from salesforce_sandbox.org import Org
from salesforce_sandbox.records.values import shown_value
from salesforce_sandbox.settings import OrgSettings

SHOWN = {
    "Contact": ("Name", "Phone", "MobilePhone", "Email"),
    "Account": ("Name", "Phone", "BillingCity"),
    "Lead": ("Name", "Company", "Phone", "MobilePhone", "IsConverted"),
    "Task": ("Subject", "Status", "CallType", "CallDurationInSeconds", "WhoId", "Description"),
    "Event": ("Subject", "StartDateTime", "WhoId"),
    "User": ("Name", "Username", "IsActive"),
}
_MOST_ROWS = 25
_MOST_CALLS = 60


@dataclass(frozen=True, slots=True)
class Listing:
    """Some records of one object, newest change first; ``total`` counts all that fit the search."""

    object: str
    search: str
    columns: list[tuple[str, str]]
    rows: list[dict[str, Any]]
    total: int


@dataclass(frozen=True, slots=True)
class Grant:
    """A session or an approval with its refresh token; the token itself stays hidden."""

    kind: str
    username: str
    scope: str
    used: str
    alive: bool


def list_records(org: Org, wanted: str, search: str) -> Listing:
    """Search the shown and the phone fields of an object for a text; the first object where there is no such."""
    name = wanted if wanted in SHOWN else next(iter(SHOWN))
    sobject = org.catalog[name]
    fields = [field for column in SHOWN[name] if (field := sobject.field(column)) is not None]
    searched = {f.name for f in fields if f.is_text} | {f.name for f in sobject.fields.values() if f.type == "phone"}
    held = " OR ".join(f"\"{column}\" LIKE ? ESCAPE '\\'" for column in sorted(searched))
    pattern = "%" + search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    where, given = (f"NOT IsDeleted AND ({held})", [pattern] * len(searched)) if search else ("NOT IsDeleted", [])
    total = org.database.row(f'SELECT COUNT(*) FROM "{name}" WHERE {where}', given)  # noqa: S608 - names from the schema
    names = ["Id", "LastModifiedDate", *(f.name for f in fields)]
    columns = ", ".join(f'"{column}"' for column in names)
    sql = f'SELECT {columns} FROM "{name}" WHERE {where} ORDER BY LastModifiedDate DESC, Id DESC LIMIT {_MOST_ROWS}'  # noqa: S608
    rows = [dict(zip(names, row, strict=True)) for row in org.database.rows(sql, given)]
    shown = [row | {f.name: shown_value(f, row[f.name]) for f in fields} for row in rows]
    return Listing(name, search, [(f.name, f.label) for f in fields], shown, int(total[0]) if total else 0)


def count_records(org: Org) -> dict[str, int]:
    counts = {name: org.database.row(f'SELECT COUNT(*) FROM "{name}" WHERE NOT IsDeleted') for name in SHOWN}  # noqa: S608
    return {name: int(row[0]) if row else 0 for name, row in counts.items()}


def list_grants(org: Org) -> list[Grant]:
    """Sessions and approvals, the last used first."""
    now = org.clock.timestamp()
    sessions = org.database.rows("SELECT user_id, scope, last_used FROM session ORDER BY last_used DESC LIMIT 30")
    approvals = org.database.rows(
        "SELECT user_id, scope, COALESCE(at, created), revoked FROM approval LEFT JOIN approval_use ON approval = id "
        "WHERE ' ' || scope || ' ' LIKE '% refresh_token %' ORDER BY id DESC LIMIT 30"
    )
    found = [
        Grant("Access token" if scope else "SOAP session", _username(org, user_id), scope or "everything", _time(used),
              now - used < org.settings.session_seconds)
        for user_id, scope, used in sessions
    ]  # fmt: skip
    return found + [
        Grant("Refresh token", _username(org, user_id), scope, _time(used),
              not revoked and now - used < org.settings.refresh_idle_seconds)
        for user_id, scope, used, revoked in approvals
    ]  # fmt: skip


def last_calls(org: Org) -> list[dict[str, Any]]:
    """The last requests, newest first, with readable paths."""
    return [entry | {"path": _readable(entry["path"])} for entry in org.usage.requests()[: -_MOST_CALLS - 1 : -1]]


def _readable(path: str) -> str:
    """What follows the question mark is shown for the API alone: elsewhere it may hold a token."""
    place, _, _ = path.partition("?")
    return unquote_plus(path) if place.startswith("/services/data/") else place


def list_settings(org: Org) -> list[tuple[str, str, bool]]:
    """Name, value and whether it was changed."""
    usual = asdict(OrgSettings())
    return [(name, _in_words(value), value != usual[name]) for name, value in asdict(org.settings).items()]


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return (", ".join(value) if isinstance(value, list) else str(value)) or "none"


def _username(org: Org, user_id: str) -> str:
    user = org.users.by_id(user_id)
    return user.username if user else user_id


def _time(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S")
