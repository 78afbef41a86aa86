"""Every SOQL query the Salesforce plugin sends is SOQL to a parser nobody here wrote."""

from __future__ import annotations

import pytest

from host.plugin_api import RecordRef
from plugins.salesforce import connecting
from plugins.salesforce.asking import Question
from plugins.salesforce.client import Client
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.lookup import look_up
from salesforce_sandbox.soql import run
from tests.clients.node import run_script
from tests.integration.salesforce.conftest import Host, clock, host, org

__all__ = ["clock", "host", "org"]
pytestmark = pytest.mark.node


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queries the org was asked, as they came."""
    queries: list[str] = []
    parse = run.parse_query

    def listen(text: str) -> object:
        queries.append(text)
        return parse(text)

    monkeypatch.setattr(run, "parse_query", listen)
    return queries


def test_every_query_of_the_plugin_is_soql_to_another_parser(host: Host, heard: list[str]) -> None:
    contact = host.org.record("Contact", LastName="O'Brien \\ %_")
    host.connect("password")
    for number in ("+819012345678", "+815099999999", "+442071838750"):
        client = Client(connecting.live_connection(host.context), Purpose.LOOK_UP)
        look_up(client, Question(number=number, region="JP", unticked=()), None)
    look_up(client, Question(number=number, region="JP", unticked=()), RecordRef(object="Contact", id=contact))
    kinds = {
        word
        for query in heard
        for word in ("FROM Contact", "FROM Lead", "FROM Account", "FROM Organization")
        if word in query
    }
    assert kinds == {"FROM Contact", "FROM Lead", "FROM Account", "FROM Organization"}
    assert any("WHERE Id =" in query for query in heard)
    assert run_script("parse_soql.mjs", sorted(set(heard))) == {}


def test_the_other_parser_does_refuse_what_is_no_soql() -> None:
    assert set(run_script("parse_soql.mjs", ["SELECT Id FROM", "SELECT Id FROM Contact"])) == {"SELECT Id FROM"}
