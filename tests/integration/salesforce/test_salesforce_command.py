"""R17: an operator disconnects on the command line, also a password connection."""

import pytest
from click.testing import CliRunner, Result

from plugins.salesforce import connecting
from plugins.salesforce.bulk_fetch import NOT_CHOSEN
from plugins.salesforce.cli import salesforce
from plugins.salesforce.connection import NOT_CONNECTED, read_connection
from plugins.salesforce.former import FORMER
from plugins.salesforce.preferences import read_preferences
from plugins.salesforce.rights import record_from
from tests.integration.salesforce.conftest import ADMIN, Host
from tests.integration.salesforce.test_salesforce_delivered import Delivery


@pytest.fixture
def run(host: Host, monkeypatch: pytest.MonkeyPatch):
    """Runs `tsunagu salesforce …` on the host's database."""
    config = host.services.config
    monkeypatch.setenv("TSUNAGU_DATABASE_URL", config.database_url)
    monkeypatch.setenv("TSUNAGU_SECRET_KEY", config.secret_key)
    monkeypatch.setenv("TSUNAGU_ENCRYPTION_KEYS", ",".join(config.encryption_keys))

    def invoke(*arguments: str, answer: str = "") -> Result:
        return CliRunner().invoke(salesforce, arguments, input=answer)

    return invoke


def test_status(host: Host, run):
    assert run("status").output.strip() == NOT_CONNECTED
    host.connect("password")
    output = run("status").output
    assert "integration@tsunagu-demo.example" in output
    assert "Tsunagu Demo K.K." in output
    assert host.org.login["password"] not in output


def test_r17_disconnect_a_password_connection(host: Host, run):
    host.connect("password")
    assert run("disconnect", answer="n\n").exit_code == 1
    assert read_connection(host.context) is not None
    assert run("disconnect", "--yes").output.startswith("Disconnected from ")
    assert read_connection(host.context) is None
    assert host.context.secrets.get("connection") is None


def test_nothing_to_disconnect(run):
    result = run("disconnect", "--yes")
    assert (result.exit_code, result.output) == (1, f"Error: {NOT_CONNECTED}\n")


def test_b10_the_test_prints_each_finding_and_tells_by_its_exit_code(host: Host, run):
    host.connect("password")
    connecting.change_version(host.context, "68.0")
    host.org.user(objects={"Lead": {"read": False}})
    before = host.org.used()
    result = run("test")
    assert host.org.used() - before == 1
    lines = result.output.splitlines()
    assert "PROBLEM Lead: The connected user may not read this object. No call is matched with a Lead." in result.output
    assert lines[-1].endswith("need attention; API calls spent: 1")
    assert result.exit_code == 1
    last = record_from(host.context.settings.read()).last
    assert last is not None
    assert last.by == "command line"


def test_b10_the_test_ends_with_zero_where_nothing_needs_attention(host: Host, run):
    host.connect("oauth")
    connecting.change_version(host.context, "68.0")
    assert (run("test").exit_code, run("test").output.splitlines()[-1][:3]) == (0, "0 o")


def test_b10_the_test_without_access_or_connection(host: Host, run):
    result = run("test")
    assert (result.exit_code, result.output) == (1, f"Error: {NOT_CONNECTED}\n")
    host.connect("password")
    host.org.settings(api_enabled=False)
    result = run("test")
    assert result.exit_code == 1
    assert "PROBLEM API access: This Salesforce org has no access to the REST API." in result.output


def test_r17_disconnect_keeps_or_drops_the_work_that_waits(host: Host, run):
    for options, told in ((), "Kept: 1 deliveries"), (("--drop-parked",), "Dropped: 1 deliveries"):
        host.connect("oauth")
        delivery = Delivery(host)
        host.org.control("revoke", {})
        assert delivery.ended(delivery.call()).state == "parked"
        assert told in run("disconnect", "--yes", *options).output
        host.context.aside.drop(next(iter(host.context.aside.counts()), ""), ADMIN)


def test_r17_disconnect_here_only_when_salesforce_is_away(host: Host, run):
    host.connect("oauth")
    host.org.control("faults", [{"kind": "drop-before", "match": {"path": "/revoke"}, "times": 9}])
    refused = run("disconnect", "--yes")
    assert (refused.exit_code, "--anyway" in refused.output) == (1, True)
    assert read_connection(host.context) is not None
    assert "remove the access there" in run("disconnect", "--yes", "--anyway").output
    assert read_connection(host.context) is None


def test_b16_restore_lists_and_uses_what_is_kept(host: Host, run):
    assert run("restore").output == "No settings are kept.\n"
    host.connect("oauth")
    host.context.settings.write({"unticked": ["Lead.Fax"]})
    org = read_connection(host.context).org_id[:15]
    run("disconnect", "--yes")
    assert f"{org}  Tsunagu Demo K.K.  disconnected" in run("restore").output
    assert run("restore", org).output == f"Error: {NOT_CONNECTED}\n"
    kept = host.context.settings.read()[FORMER]
    host.connect("oauth")
    host.context.settings.write({"unticked": [], FORMER: kept})
    assert run("restore", org).output == "The kept settings hold now.\n"
    assert read_preferences(host.context).unticked == ("Lead.Fax",)
    assert run("restore", org).exit_code == 1


def test_r20_fetch_now_starts_a_bulk_fetch_where_it_is_chosen(host: Host, run):
    assert "not connected" in run("fetch-now").output
    host.connect("password")
    refused = run("fetch-now")
    assert (refused.exit_code, NOT_CHOSEN in refused.output) == (1, True)
    host.context.settings.write({"fetch": "bulk"})
    assert run("fetch-now").exit_code == 0
    assert [(one.state, one.started_by) for one in host.context.jobs.runs("bulk_fetch")] == [("waiting", "command line")]
