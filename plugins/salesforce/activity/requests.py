"""The requests about Tasks: each is one API call, and brings back what Salesforce holds (R29, B12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from plugins.salesforce.activity.refusals import NotDone, error_codes, task_refusal
from plugins.salesforce.client import Client
from plugins.salesforce.composite import Asked, CompositePart, compose, query_path
from plugins.salesforce.domain.activity.merge import Values

GONE_STATUS, CHANGED_STATUS = 404, 412
DELETED = "ENTITY_IS_DELETED"
KEY = "CallObject"
"""The field that holds the call's id: by it a Task is found again whose creation was not answered."""
ANY_TASK = "SELECT Id FROM Task LIMIT 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The answer to a change. `after` is None if somebody else has changed the Task since, and nothing was written."""

    before: Values
    after: Values | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One of many Tasks that were made; `record` is empty where it was not read back."""

    task_id: str
    record: Values


class TaskGone(Exception):
    """The Task was deleted in Salesforce."""


def create_task(client: Client, body: Values, names: Sequence[str]) -> Values:
    """Make a Task; gives back these fields of it, its Id and its date.

    Raises:
        NotDone: Salesforce refuses it.
    """
    parts = {
        "made": Asked(path="sobjects/Task", method="POST", body=body),
        "held": Asked(path=_reading("@{made.id}", names)),
    }
    answers = compose(client, parts)
    made = answers["made"]
    if made.status not in (200, 201):
        raise NotDone(task_refusal(made.status, made.body))
    held = answers["held"]
    return {**(held.body if held.ok else {}), "Id": made.body["id"]}


def create_tasks(client: Client, bodies: Sequence[Values]) -> list[Made | None]:
    """Make up to 200 Tasks, each with its call's key; None for each that Salesforce refuses.

    Raises:
        RetryLater: nobody knows whether they were made.
    """
    records = [{"attributes": {"type": "Task"}, **body} for body in bodies]
    parts = {
        "made": Asked(path="composite/sobjects", method="POST", body={"allOrNone": False, "records": records}),
        "held": Asked(path=query_path(_with_keys([str(body[KEY]) for body in bodies]))),
    }
    answers = compose(client, parts)
    made, held = answers["made"], answers["held"]
    if not made.ok:
        return [None] * len(bodies)  # a part that is refused is undone
    read = {str(record["Id"]): record for record in held.body["records"]} if held.ok else {}
    ids = [str(result["id"]) if result["success"] else "" for result in made.body]
    return [Made(task_id=task_id, record=read.get(task_id, {})) if task_id else None for task_id in ids]


def find_tasks(client: Client, keys: Sequence[str]) -> dict[str, str]:
    """The Ids of the Tasks that hold these calls' keys, by key; the oldest, should there be several of one."""
    page = compose(client, {"held": Asked(path=query_path(_with_keys(keys)))})["held"].checked()
    records = list(page["records"])
    while not page["done"]:
        page = client.get("query/" + page["nextRecordsUrl"].rsplit("/", 1)[1])
        records += page["records"]
    return {str(record[KEY]): str(record["Id"]) for record in reversed(records)}


def _with_keys(keys: Sequence[str]) -> str:
    listed = ", ".join(f"'{key}'" for key in keys)
    return f"SELECT Id, {KEY}, LastModifiedDate FROM Task WHERE {KEY} IN ({listed}) ORDER BY CreatedDate, Id"  # noqa: S608 - our own ids


def change_task(client: Client, task_id: str, body: Values, names: Sequence[str], since: datetime | None) -> Changed:
    """Change a Task, unless it was changed after `since`.

    Salesforce compares whole seconds. So the same request also reads the Task before and after: what a person wrote within
    that second is known, and can be put back.

    Raises:
        NotDone: Salesforce refuses it.
        TaskGone: there is no such Task any more.
        SchemaOutdated: the user may see no Tasks at all any more.
    """
    headers = {"If-Unmodified-Since": format_datetime(since.astimezone(UTC), usegmt=True)} if since else {}
    reading = Asked(path=_reading(task_id, names))
    change = Asked(path=f"sobjects/Task/{task_id}", method="PATCH", body=body, headers=headers)
    answers = compose(client, {"before": reading, "changed": change, "after": reading})
    changed = answers["changed"]
    for part in (changed, answers["before"]):
        _require_there(client, part)
    if changed.status == CHANGED_STATUS:
        return Changed(before=_read(answers["before"]), after=None)
    if changed.status not in (200, 204):
        raise NotDone(task_refusal(changed.status, changed.body))
    return Changed(before=_read(answers["before"]), after=_read(answers["after"]))


def read_task(client: Client, task_id: str, names: Sequence[str]) -> Values:
    """These fields of the Task, and its date.

    Raises:
        TaskGone: there is no such Task any more.
        SchemaOutdated: the user may see no Tasks at all any more.
    """
    part = compose(client, {"held": Asked(path=_reading(task_id, names))})["held"]
    _require_there(client, part)
    return _read(part)


def find_task(client: Client, key: str, names: Sequence[str]) -> Values | None:
    """The Task that holds this call's key; the oldest, should there be several."""
    fields = ", ".join(dict.fromkeys(("Id", *names, "LastModifiedDate")))
    soql = f"SELECT {fields} FROM Task WHERE {KEY} = '{key}' ORDER BY CreatedDate, Id LIMIT 1"  # noqa: S608 - our own id
    records = client.get("query/", {"q": soql})["records"]
    return dict(records[0]) if records else None


def _require_there(client: Client, part: CompositePart) -> None:
    """Without the right to see Tasks, none is found either: that one was deleted is only believed where others are seen."""
    if part.status != GONE_STATUS:
        return
    if DELETED not in error_codes(part.body):
        client.get("query/", {"q": ANY_TASK})
    raise TaskGone


def _reading(task_id: str, names: Sequence[str]) -> str:
    return f"sobjects/Task/{task_id}?fields={','.join(dict.fromkeys((*names, 'LastModifiedDate')))}"


def _read(part: CompositePart) -> Mapping[str, Any]:
    return dict(part.checked())
