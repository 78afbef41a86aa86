"""R17: an operator disconnects on the command line, also a password connection."""

import pytest
from click.testing import CliRunner, Result

from plugins.salesforce.cli import salesforce
from plugins.salesforce.connection import NOT_CONNECTED, read_connection
from tests.integration.salesforce.conftest import Host


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
