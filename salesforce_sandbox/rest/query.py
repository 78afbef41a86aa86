"""/query, /queryAll and their locators."""

from __future__ import annotations

import re

from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.rest.call import Call, Reply
from salesforce_sandbox.soql.columns import describe_columns
from salesforce_sandbox.soql.run import PAGE, continue_query, run_query

_BATCH = re.compile(r"batchSize\s*=\s*(\d{1,6})", re.IGNORECASE)
_SMALLEST_PAGE = 200


def query(call: Call, match: re.Match[str]) -> Reply:
    text = call.arguments.get("q")
    if text is None:
        raise SalesforceError(400, "MALFORMED_QUERY", "A query string has to be specified")
    found = run_query(call.org, call.view, text, call.version, _resource(match), _page_size(call))
    return Reply(200, describe_columns(call.view, text) if call.arguments.get("columns") == "true" else found)


def query_more(call: Call, match: re.Match[str]) -> Reply:
    return Reply(200, continue_query(call.org, call.view, match[2], call.version))


def _resource(match: re.Match[str]) -> str:
    return "queryAll" if match[1].lower() == "queryall" else "query"


def _page_size(call: Call) -> int:
    """``Sforce-Query-Options: batchSize=n``, 200 to 2,000."""
    match = _BATCH.search(call.headers.get("sforce-query-options", ""))
    return PAGE if match is None else max(_SMALLEST_PAGE, min(PAGE, int(match[1])))
