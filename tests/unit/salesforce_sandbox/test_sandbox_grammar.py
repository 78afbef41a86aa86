"""Statements made by the grammar: a valid one is always answered, a damaged one meets Salesforce's error or an answer."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.org import Org
from salesforce_sandbox.seed.org import seed
from salesforce_sandbox.soql.run import run_query
from salesforce_sandbox.sosl.parse import parse_search
from salesforce_sandbox.sosl.run import run_search

FUZZ = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CODES = {
    "MALFORMED_QUERY", "MALFORMED_SEARCH", "INVALID_FIELD", "INVALID_TYPE", "INVALID_QUERY_FILTER_OPERATOR",
    "INVALID_QUERY_SCOPE", "QUERY_TOO_COMPLICATED", "NUMBER_OUTSIDE_VALID_RANGE", "EXCEEDED_MAX_SEMIJOIN_SUBSELECTS",
}  # fmt: skip


@pytest.fixture(scope="module")
def shared_org() -> Org:
    org = Org()
    seed(org, "demo")
    return org


def text_of(quote: str, alphabet: str) -> st.SearchStrategy[str]:
    """A literal with every reserved character escaped."""
    inner = st.text(st.sampled_from(alphabet), max_size=8)
    return inner.map(lambda t: quote + "".join("\\" + c if c in "'\\" else c for c in t) + quote)


STRING = text_of("'", "ab%_ '\\山0-")
NUMBER = st.integers(-(10**6), 10**6).map(str)
MOMENT = st.datetimes().map(lambda d: d.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0"))
DATE_WORD = st.one_of(
    st.sampled_from(["TODAY", "yesterday", "LAST_90_DAYS", "THIS_FISCAL_QUARTER", "LAST_WEEK", "NEXT_FISCAL_YEAR"]),
    st.tuples(
        st.sampled_from(["LAST_N_DAYS", "NEXT_N_WEEKS", "LAST_N_FISCAL_QUARTERS", "N_MONTHS_AGO", "N_FISCAL_YEARS_AGO"]),
        st.integers(0, 99),
    ).map(lambda t: f"{t[0]}:{t[1]}"),
)
EQUAL = st.sampled_from(["=", "!=", "<>"])
ORDER = st.sampled_from(["=", "!=", "<", ">", "<=", ">="])
TEXT_FIELD = st.sampled_from(
    ["LastName", "Contact.FirstName", "Phone", "MobilePhone", "Email", "Account.Name", "Owner.Name"]
)
MOMENT_FIELD = st.sampled_from(["CreatedDate", "LastModifiedDate", "Account.SystemModstamp"])


def words(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(" ".join)


def listed(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=4).map(lambda v: f"({', '.join(v)})")


LEAF = st.one_of(
    words(TEXT_FIELD, ORDER, STRING),
    words(TEXT_FIELD, EQUAL, st.just("null")),
    words(TEXT_FIELD, st.just("LIKE"), STRING),
    words(TEXT_FIELD, st.sampled_from(["IN", "NOT IN"]), listed(st.one_of(STRING, st.just("null")))),
    words(MOMENT_FIELD, ORDER, st.one_of(MOMENT, DATE_WORD)),
    words(st.just("IsDeleted"), EQUAL, st.sampled_from(["true", "FALSE"])),
)
CONDITION = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda c: f"({' AND '.join(c)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda c: f"({' OR '.join(c)})"),
        inner.map(lambda c: f"(NOT {c})"),
    ),
    max_leaves=6,
)
SEMI_JOIN = st.sampled_from(
    [
        "AccountId IN (SELECT Id FROM Account WHERE Name LIKE '%a%')",
        "Id NOT IN (SELECT ReportsToId FROM Contact)",
        "OwnerId IN (SELECT OwnerId FROM Lead)",
    ]
)
WHERE = st.one_of(
    st.just(""), CONDITION.map(" WHERE {}".format), words(CONDITION, st.just("AND"), SEMI_JOIN).map(" WHERE {}".format)
)
ORDER_BY = st.lists(
    words(
        st.sampled_from(["LastName", "CreatedDate", "Account.Name"]),
        st.sampled_from(["", "ASC", "DESC"]),
        st.sampled_from(["", "NULLS FIRST", "NULLS LAST"]),
    ),
    max_size=2,
).map(lambda items: f" ORDER BY {', '.join(items)}" if items else "")
WINDOW = st.tuples(st.sampled_from(["", " LIMIT 0", " LIMIT 7"]), st.sampled_from(["", " OFFSET 0", " OFFSET 2000"])).map(
    "".join
)
FIELDS = st.lists(
    st.sampled_from(["Id", "LastName", "Account.Name", "Account.Owner.Name", "IsDeleted", "CreatedDate"]),
    min_size=1,
    unique=True,
).map(", ".join)
PLAIN = st.tuples(FIELDS, WHERE, ORDER_BY, WINDOW).map(lambda p: f"SELECT {p[0]} FROM Contact{p[1]}{p[2]}{p[3]}")
NESTED = st.tuples(FIELDS, WHERE, ORDER_BY).map(
    lambda p: f"SELECT Name, (SELECT {p[0]} FROM Contacts{p[1]}{p[2]}) FROM Account USING SCOPE everything"
)
COUNTED = st.tuples(WHERE, WINDOW).map(lambda p: f"SELECT COUNT() FROM Contact{p[0]}{p[1]}")
GROUPED = st.tuples(
    st.sampled_from(["LastName", "Account.Name", "IsDeleted"]),
    st.sampled_from(["COUNT(Id)", "COUNT_DISTINCT(Email) e", "MAX(CreatedDate)", "MIN(FirstName) m"]),
    WHERE,
    st.sampled_from(["", " HAVING COUNT(Id) > 1", " HAVING COUNT(Id) >= 0 AND MAX(FirstName) != 'x'"]),
    st.sampled_from(["", " ORDER BY COUNT(Id) DESC", " ORDER BY MIN(Phone) NULLS LAST LIMIT 3"]),
).map(lambda p: f"SELECT {p[0]}, {p[1]} FROM Contact{p[2]} GROUP BY {p[0]}{p[3]}{p[4]}")
SOQL = st.one_of(PLAIN, NESTED, COUNTED, GROUPED)

TERM = st.one_of(
    st.sampled_from(["kate", "山田", "09012345678", "o\\'neil", "ka*", "k?te", "AND\\-x", "03\\-1234"]),
    st.sampled_from(['"090 1234 5678"', '"山田"', '"a-b + c"']),
)
EXPRESSION = st.recursive(
    TERM,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" AND ", " OR ", " AND NOT ", " "]), inner).map("".join),
        inner.map("({})".format),
    ),
    max_leaves=6,
)
RETURNED = st.lists(
    st.tuples(st.sampled_from(["Contact", "Lead"]), WHERE, ORDER_BY, st.sampled_from(["", " LIMIT 3"])).map(
        lambda p: p[0] + (f"(Id, Name{p[1]}{p[2]}{p[3]})" if p[0] == "Contact" else "(Id, Company LIMIT 5)")
    ),
    min_size=1,
    max_size=3,
).map(", ".join)
SOSL = st.tuples(
    EXPRESSION, st.sampled_from(["", " IN ALL FIELDS", " IN PHONE FIELDS", " in name fields"]), RETURNED,
    st.sampled_from(["", " LIMIT 2"]),
).map(lambda p: f"FIND {{{p[0]}}}{p[1]} RETURNING {p[2]}{p[3]}")  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, statements: st.SearchStrategy[str]) -> str:
    """A statement with some characters gone, doubled or replaced."""
    text = draw(statements)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(text) - 1)))
        end = min(len(text), at + draw(st.integers(0, 6)))
        put = draw(
            st.sampled_from(["", "'", "(", ")", "\\", " ", "\x00", "}", "{", "FROM", "SELECT", ",", ":", "é", "*", "9"])
        )
        text = text[:at] + put + text[end:]
    return text


def ask(org: Org, text: str, resource: str = "query") -> dict[str, Any]:
    return run_query(org, org.view(next(iter(org.users))), text, "51.0", resource)


def find(org: Org, text: str) -> list[dict[str, Any]]:
    return run_search(org, org.view(next(iter(org.users))), parse_search(text), "51.0")


@FUZZ
@given(SOQL, st.sampled_from(["query", "queryAll"]))
def test_a_valid_query_is_answered(shared_org: Org, text: str, resource: str) -> None:
    answer = ask(shared_org, text, resource)
    assert answer["done"] is True
    assert answer["totalSize"] == len(answer["records"]) or "COUNT()" in text


@FUZZ
@given(damaged(SOQL))
def test_a_damaged_query_meets_nothing_but_salesforces_error(shared_org: Org, text: str) -> None:
    try:
        ask(shared_org, text)
    except SalesforceError as error:
        assert error.code in CODES


@FUZZ
@given(SOSL, st.sampled_from(["digits", "tokens"]))
def test_a_valid_search_is_answered(shared_org: Org, text: str, mode: str) -> None:
    shared_org.settings.search_mode = mode
    assert all("attributes" in record for record in find(shared_org, text))


@FUZZ
@given(damaged(SOSL))
def test_a_damaged_search_meets_nothing_but_salesforces_error(shared_org: Org, text: str) -> None:
    with suppress(SalesforceError):
        find(shared_org, text)
