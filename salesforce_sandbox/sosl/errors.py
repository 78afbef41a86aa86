"""SOSL refusals. Their columns count from 0, as recorded ("line 1:11 mismatched character '-' expecting '}'")."""

from __future__ import annotations

from salesforce_sandbox.errors import SalesforceError

_AROUND = 60


def search_error(text: str, at: int, message: str) -> SalesforceError:
    start = max(0, at - _AROUND)
    caret = " " * max(0, at - start - 1) + "^"
    excerpt = text[start : at + _AROUND].replace("\n", " ")
    return SalesforceError(400, "MALFORMED_SEARCH", f"\n{excerpt}\n{caret}\nERROR at Row:1:Column:{at}\n{message}")


def mismatched(text: str, at: int) -> SalesforceError:
    """An unescaped reserved character inside the braces (recorded for ``-`` and ``|``)."""
    return search_error(text, at, f"line 1:{at} mismatched character '{text[at]}' expecting '}}'")
