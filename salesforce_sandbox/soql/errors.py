"""SOQL refusals in Salesforce's form: the line, a caret, row and column, what is wrong."""

from __future__ import annotations

from salesforce_sandbox.errors import SalesforceError

_BEFORE = 60
_AFTER = 40


def query_error(code: str, text: str, at: int, message: str) -> SalesforceError:
    """Build the error; ``at`` is the offset of the offending word (form: recorded INVALID_TYPE)."""
    at = max(0, min(at, len(text)))
    row = text.count("\n", 0, at) + 1
    line_start = text.rfind("\n", 0, at) + 1
    line_end = text.find("\n", at)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    column = at - line_start
    start = max(0, column - _BEFORE)
    excerpt = line[start : column + _AFTER]
    caret = " " * (column - start) + "^"
    return SalesforceError(400, code, f"\n{excerpt}\n{caret}\nERROR at Row:{row}:Column:{column + 1}\n{message}")


def malformed(text: str, at: int, message: str) -> SalesforceError:
    return query_error("MALFORMED_QUERY", text, at, message)
