"""The users of the org, as Tasks may be assigned to them (R28): searched, asked for by Id, or by e-mail address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from plugins.salesforce.assignees import Assignee
from plugins.salesforce.client import Client
from plugins.salesforce.composite import composite, query_path
from plugins.salesforce.domain.soql import RECORD_ID, quoted

SHORTEST_SEARCH, LONGEST_SEARCH = 2, 80
MOST_FOUND = 20
PER_QUERY = 200
QUERIES_PER_CALL = 5
_SELECT = "SELECT Id, Name, Email, IsActive FROM User"
_STANDARD = "UserType = 'Standard'"


def search_users(client: Client, text: str) -> list[Assignee]:
    """Those whose name, e-mail address or login name holds this text, the active ones first: one API call.

    Raises:
        ValueError: the text is too short; nothing was asked.
    """
    wanted = text.strip()[:LONGEST_SEARCH]
    if len(wanted) < SHORTEST_SEARCH:
        raise ValueError("too short to search by")
    held = " OR ".join(f"{field} LIKE '%{_literal(wanted)}%'" for field in ("Name", "Email", "Username"))
    soql = f"{_SELECT} WHERE {_STANDARD} AND ({held}) ORDER BY IsActive DESC, Name, Id LIMIT {MOST_FOUND}"
    return [_user(row) for row in client.get("query/", {"q": soql})["records"]]


def users_by_id(client: Client, ids: Iterable[str]) -> dict[str, Assignee]:
    """These users as they are now, also inactive ones; one API call for up to 1,000."""
    wanted = sorted({one for one in ids if RECORD_ID.fullmatch(one)})
    return {user.id: user for user in _asked(client, "Id", wanted, "")}


def users_by_email(client: Client, emails: Iterable[str]) -> list[Assignee]:
    """The Standard users with these addresses; one API call for up to 1,000 addresses."""
    return _asked(client, "Email", sorted(set(emails)), f" AND {_STANDARD}")


def _asked(client: Client, field: str, values: Sequence[str], condition: str) -> list[Assignee]:
    queries = [_in(field, part, condition) for part in _parts(values, PER_QUERY)]
    found: dict[str, Assignee] = {}
    for part in _parts(queries, QUERIES_PER_CALL):
        answers = composite(client, {f"users{place}": query_path(soql) for place, soql in enumerate(part)})
        rows = (row for answer in answers.values() for row in answer.checked()["records"])
        found.update({user.id: user for user in map(_user, rows)})
    return list(found.values())


def _in(field: str, values: Iterable[str], condition: str) -> str:
    literals = ", ".join(quoted(value) for value in values)
    return f"{_SELECT} WHERE {field} IN ({literals}){condition} ORDER BY Name, Id LIMIT 2000"


def _parts(whole: Sequence[str], size: int) -> list[Sequence[str]]:
    return [whole[begin : begin + size] for begin in range(0, len(whole), size)]


def _literal(text: str) -> str:
    """The text inside a LIKE, its own signs meant as they are (a backslash is in no name and left out)."""
    return text.replace("\\", "").replace("'", "\\'").replace("%", "\\%").replace("_", "\\_")


def _user(row: Mapping[str, Any]) -> Assignee:
    return Assignee(
        id=str(row["Id"]), name=str(row.get("Name") or ""), email=str(row.get("Email") or ""), active=bool(row["IsActive"])
    )
