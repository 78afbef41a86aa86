"""Bulk API 2.0 query jobs under /jobs/query, from version 47.0 on."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from salesforce_sandbox import ids
from salesforce_sandbox.clock import parse_datetime, wire_datetime
from salesforce_sandbox.errors import SalesforceError, json_error, not_found
from salesforce_sandbox.rest.bulk_csv import DELIMITERS, LINE_ENDINGS, Table, read_table
from salesforce_sandbox.rest.call import Call, Reply
from salesforce_sandbox.rest.router import add_route
from salesforce_sandbox.soql.parse import parse_query
from salesforce_sandbox.soql.run import context_of
from salesforce_sandbox.soql.select import Compiler, readable_object

SINCE = 47
_OPERATIONS = frozenset({"query", "queryAll"})
_KEPT_SECONDS = 7 * 24 * 3600
_PAGE = 50_000
_FINISHED = frozenset({"JobComplete", "Aborted", "Failed"})


@dataclass(slots=True)
class Job:
    """One query job; its rows are those of the moment it was made."""

    id: str
    user_id: str
    operation: str
    object_name: str
    version: str
    created: str
    ready_at: float
    table: Table
    changed: str
    aborted: bool = False


def create_job(call: Call) -> Reply:
    body = call.json_object()
    operation, text = body.get("operation"), body.get("query")
    if operation not in _OPERATIONS or not isinstance(text, str):
        raise json_error("The request needs an operation (query or queryAll) and a query at [line:1, column:2]")
    if body.get("contentType", "CSV") != "CSV":
        raise SalesforceError(400, "INVALIDJOB", f"Unsupported content type: {body.get('contentType')}")
    delimiter, ending = body.get("columnDelimiter", "COMMA"), body.get("lineEnding", "LF")
    if delimiter not in DELIMITERS or ending not in LINE_ENDINGS:
        raise json_error(f"Unknown columnDelimiter or lineEnding: {delimiter}, {ending}")
    name, table = _result(call, text, operation, delimiter, ending)
    org, now = call.org, call.org.clock.stamp()
    job_id = ids.make_id("750", org.database.next_number("750"))
    ready_at = org.clock.timestamp() + org.settings.bulk_seconds
    job = Job(job_id, call.user.user_id, operation, name, call.version, now, ready_at, table, now)
    org.bulk_jobs[job_id] = job
    facts = _facts(call, job) | {"state": "UploadComplete"}
    return Reply(200, {key: value for key, value in facts.items() if key not in _AFTERWARDS})


def _result(call: Call, text: str, operation: str, delimiter: str, ending: str) -> tuple[str, Table]:
    query = parse_query(text)
    if query.children:
        raise _unsupported("Aggregate Relationship Queries not supported in Bulk Query")
    if query.counts or query.outputs or query.group:
        raise _unsupported("Aggregate functions and GROUP BY not supported in Bulk Query")
    if query.offset:
        raise _unsupported("OFFSET not supported in Bulk Query")
    sobject = readable_object(call.view, query)
    compiler = Compiler(context_of(call.org, call.view, call.version), sobject, query)
    statement = compiler.compile(include_deleted=operation == "queryAll")
    rows = call.org.database.rows(statement.rows_sql(query.limit, 0), statement.parameters)
    return sobject.name, read_table(statement.columns, rows, delimiter, ending)


def _unsupported(message: str) -> SalesforceError:
    return SalesforceError(400, "API_ERROR", message)


def list_jobs(call: Call) -> Reply:
    jobs = [_facts(call, job) for job in call.org.bulk_jobs.values() if _is_kept(call, job)]
    records = [{key: value for key, value in facts.items() if key not in _AFTERWARDS} for facts in jobs]
    return Reply(200, {"done": True, "records": records, "nextRecordsUrl": None})


def show_job(call: Call, match: re.Match[str]) -> Reply:
    return Reply(200, _facts(call, _job(call, match[1])))


def abort_job(call: Call, match: re.Match[str]) -> Reply:
    job = _job(call, match[1])
    if call.json_object().get("state") != "Aborted":
        raise SalesforceError(400, "INVALIDJOBSTATE", "The only state a query job can be set to is Aborted")
    if _state(call, job) in _FINISHED:
        raise _wrong_state("Aborting", _state(call, job))
    job.aborted, job.changed = True, call.org.clock.stamp()
    return Reply(200, _facts(call, job))


def delete_job(call: Call, match: re.Match[str]) -> Reply:
    job = _job(call, match[1])
    if _state(call, job) not in _FINISHED:
        raise _wrong_state("Deleting", _state(call, job))
    del call.org.bulk_jobs[job.id]
    return Reply(204)


def results(call: Call, match: re.Match[str]) -> Reply:
    """One page as CSV; ``Sforce-Locator`` leads to the next and is the word null on the last."""
    job = _job(call, match[1])
    if _state(call, job) != "JobComplete":
        raise _wrong_state("Reading the results of", _state(call, job))
    start, most = _start(call), _most(call)
    lines = job.table.lines[start : start + most]
    reached = start + len(lines)
    locator = _locator(reached) if reached < len(job.table.lines) else "null"
    headers = {"Sforce-Locator": locator, "Sforce-NumberOfRecords": str(len(lines))}
    return Reply(200, job.table.page(lines), headers, content_type="text/csv")


def _start(call: Call) -> int:
    text = call.arguments.get("locator")
    if text is None:
        return 0
    try:
        return int(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise SalesforceError(400, "INVALID_QUERY_LOCATOR", "invalid query locator") from None


def _locator(reached: int) -> str:
    return base64.b64encode(str(reached).encode()).decode()


def _most(call: Call) -> int:
    text = call.arguments.get("maxRecords", str(_PAGE))
    if not re.fullmatch(r"[1-9]\d{0,8}", text, re.ASCII):
        raise SalesforceError(400, "API_ERROR", f"Invalid value for maxRecords: {text}")
    return int(text)


def _job(call: Call, text: str) -> Job:
    job: Job | None = call.org.bulk_jobs.get(ids.to_18(text) or "")
    if job is None or job.user_id != call.user.user_id or not _is_kept(call, job):
        raise not_found()
    return job


def _is_kept(call: Call, job: Job) -> bool:
    return call.org.clock.timestamp() - job.ready_at < _KEPT_SECONDS


def _state(call: Call, job: Job) -> str:
    if job.aborted:
        return "Aborted"
    return "JobComplete" if call.org.clock.timestamp() >= job.ready_at else "InProgress"


def _wrong_state(what: str, state: str) -> SalesforceError:
    return SalesforceError(400, "INVALIDJOBSTATE", f"{what} the job is not possible in its state {state}")


_AFTERWARDS = frozenset({"jobType", "retries", "totalProcessingTime", "numberRecordsProcessed"})


def _facts(call: Call, job: Job) -> dict[str, Any]:
    done = _state(call, job) == "JobComplete"
    finished = wire_datetime(max(parse_datetime(job.changed), parse_datetime(job.created)))
    return {
        "id": job.id, "operation": job.operation, "object": job.object_name, "createdById": job.user_id,
        "createdDate": job.created, "systemModstamp": finished, "state": _state(call, job),
        "concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": float(job.version), "jobType": "V2Query",
        "lineEnding": job.table.ending, "columnDelimiter": job.table.delimiter, "retries": 0,
        "totalProcessingTime": 0, "numberRecordsProcessed": len(job.table.lines) if done else 0,
    }  # fmt: skip


add_route("jobs/query", "jobs/query", SINCE, POST=lambda call, _: create_job(call), GET=lambda call, _: list_jobs(call))
add_route("jobs/query", "jobs/query/([^/]+)", SINCE, GET=show_job, PATCH=abort_job, DELETE=delete_job)
add_route("jobs/query", "jobs/query/([^/]+)/results", SINCE, GET=results)
