"""Whatever is sent: Salesforce's error or an answer, never anything else."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.logins import LoginRefused
from salesforce_sandbox.org import Org
from salesforce_sandbox.seed.org import seed
from salesforce_sandbox.soap import read_envelope
from salesforce_sandbox.soql.run import run_query
from salesforce_sandbox.sosl.parse import parse_search
from salesforce_sandbox.sosl.run import run_search

TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
SOQL_WORDS = st.sampled_from(
    [
        "SELECT", "Id", "Name", "Account.Name", "COUNT()", "FROM", "Contact", "Task", "WHERE", "AND", "OR", "NOT", "IN",
        "LIKE", "(", ")", ",", "=", "!=", "<", ">=", "'x'", "'%\\_'", "5", "1.5", "null", "true", "TODAY",
        "LAST_N_DAYS:3", "2026-01-01", "2026-01-01T00:00:00Z", "ORDER BY", "DESC", "NULLS LAST", "LIMIT", "OFFSET",
        "IsDeleted", "CreatedDate", "Who.Name", "Who.Type", ":", "\\", "'",
    ]
)  # fmt: skip
SOSL_WORDS = st.sampled_from(
    [
        "FIND", "{", "}", "ab", "12*", "a?c", '"ab cd"', '"', "AND", "OR", "NOT", "(", ")", "\\", "+", "-", "IN", "PHONE",
        "FIELDS", "RETURNING", "Contact", "Lead(Id", "WHERE", "Name='x'", "ORDER BY Id", ")", ",", "LIMIT", "5", "*", "山田",
    ]
)  # fmt: skip
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def shared_org() -> Org:
    org = Org()
    seed(org, "demo")
    return org


@FUZZ
@given(st.one_of(TEXT, st.lists(SOQL_WORDS, max_size=14).map(" ".join), TEXT.map(lambda t: f"SELECT Id FROM Contact {t}")))
def test_soql_raises_nothing_but_its_own_error(shared_org: Org, text: str) -> None:
    with suppress(SalesforceError):
        run_query(shared_org, shared_org.view(next(iter(shared_org.users))), text, "51.0", "query")


@FUZZ
@given(
    st.one_of(
        TEXT,
        st.lists(SOSL_WORDS, max_size=14).map(" ".join),
        TEXT.map(lambda t: f"FIND {{{t}}} IN PHONE FIELDS RETURNING Contact(Id)"),
        st.lists(SOSL_WORDS, max_size=8).map(lambda words: f"FIND {{{' '.join(words)}}} RETURNING Contact(Id)"),
    )
)
def test_sosl_raises_nothing_but_its_own_error(shared_org: Org, text: str) -> None:
    with suppress(SalesforceError):
        run_search(shared_org, shared_org.view(next(iter(shared_org.users))), parse_search(text), "51.0")


@FUZZ
@given(st.one_of(st.binary(max_size=80), TEXT.map(lambda t: f"<login><username>{t}</username></login>".encode())))
def test_soap_raises_nothing_but_its_own_fault(body: bytes) -> None:
    with suppress(LoginRefused):
        read_envelope(body)


def test_an_xml_bomb_is_refused() -> None:
    bomb = b'<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY c "&a;&a;">]><login><username>&c;</username></login>'
    with pytest.raises(LoginRefused, match="DOCTYPE"):
        read_envelope(bomb)
