"""The command line: what it makes works, what is wrong is one line and an exit code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from app_fixture import Site, event_body, signed
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet
from sqlalchemy import insert, select

from host import cli
from host.security.sealing import Sealer
from host.security.users import user_with_email
from host.storage.plugin_tables import plugin_secrets
from host.storage.tables import event_sources

NEW_USER = ("users", "create", "--name", "X", "--role", "agent", "--password-stdin")


class Shell:
    """Runs `tsunagu` with the environment of a site."""

    def __init__(self, site: Site) -> None:
        config = site.services.config
        self.environment = {
            "TSUNAGU_DATABASE_URL": config.database_url,
            "TSUNAGU_SECRET_KEY": config.secret_key,
            "TSUNAGU_ENCRYPTION_KEYS": ",".join(config.encryption_keys),
            "TSUNAGU_ENV_FILE": None,
        }

    def __call__(self, *arguments: str, typed: str = "", **environment: Any) -> Result:
        return CliRunner().invoke(cli.main, arguments, input=typed, env={**self.environment, **environment})


@pytest.fixture
def shell(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    yield Shell(site)


def test_a_token_made_here_works(site: Site, shell: Shell) -> None:
    made = shell("tokens", "create", "--name", "reports", "--role", "agent")
    assert made.exit_code == 0
    token = made.stdout.strip()
    answer = site.anonymous.get("/api/v1/calls", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    listed = shell("tokens", "list").stdout
    assert "reports" in listed
    assert token not in listed
    number = re.search(r"^(\d+)\s+reports", listed, re.MULTILINE)
    assert number
    assert shell("tokens", "revoke", number[1]).exit_code == 0
    assert site.anonymous.get("/api/v1/calls", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert shell("tokens", "revoke", number[1]).exit_code != 0


def test_a_source_made_here_may_send_at_once(site: Site, shell: Shell) -> None:
    secret = shell("sources", "create", "pbx:two").stdout.strip()
    assert secret.startswith("whsec_")
    body = event_body().replace(b"asterisk:testpbx", b"pbx:two")
    assert site.send(body, signed(secret, body)).status_code == 200
    newer = shell("sources", "rotate", "pbx:two").stdout.strip()
    assert site.send(body, signed(newer, body)).status_code == 200
    assert shell("sources", "retire", "pbx:two").exit_code == 0
    assert secret not in shell("sources", "list").stdout


def test_a_user_made_here_may_log_in(site: Site, shell: Shell) -> None:
    options = ("--email", "New@Example.com", "--name", "新人", "--role", "agent", "--extension", "105")
    made = shell("users", "create", *options, "--password-stdin", typed="a long password\n")
    assert made.exit_code == 0, made.output
    site.logged_in("new@example.com", "a long password")
    assert "new@example.com" in shell("users", "list").stdout
    assert shell("users", "password", "new@example.com", typed="another password\nanother password\n").exit_code == 0
    site.logged_in("new@example.com", "another password")


def test_plugins_are_listed_and_switched(site: Site, shell: Shell) -> None:
    listed = json.loads(shell("plugins", "list", "--json").stdout)
    assert {"asterisk", "contacts", "salesforce"} <= {plugin["name"] for plugin in listed}
    assert shell("plugins", "disable", "salesforce").exit_code == 0
    assert not site.services.registry.is_enabled("salesforce")
    assert shell("plugins", "enable", "salesforce").exit_code == 0
    assert site.services.registry.is_enabled("salesforce")


def test_a_table_that_is_piped_on_is_whole(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    listed = shell("plugins", "list").output
    assert "waiting/parked/failed" in listed
    assert "on_call_end, on_click_to_call" in listed
    assert "…" not in listed


def test_a_place_where_no_database_can_be_made_is_named(shell: Shell, tmp_path: Any) -> None:
    (tmp_path / "file").write_text("")
    said = shell("users", "list", TSUNAGU_DATABASE_URL=f"sqlite:///{tmp_path}/file/x/tsunagu.db")
    assert (said.exit_code, "Traceback" in said.output) == (1, False)
    assert f"{tmp_path}/file/x: " in said.output


def test_keys_are_changed_without_losing_a_secret(site: Site, shell: Shell) -> None:
    old, new = site.services.config.encryption_keys[0], Fernet.generate_key().decode()
    with site.services.database.writing() as connection:
        sealed = site.services.sealer.seal("refresh token")
        connection.execute(insert(plugin_secrets).values(plugin="salesforce", name="refresh", sealed=sealed))
    assert shell("secrets", "rotate", TSUNAGU_ENCRYPTION_KEYS=f"{new},{old}").exit_code == 0
    only_new = Sealer([new])
    with site.services.database.reading() as connection:
        assert only_new.open(connection.execute(select(plugin_secrets.c.sealed)).scalar_one()) == "refresh token"
        assert only_new.open(connection.execute(select(event_sources.c.sealed_secret)).scalar_one()) == site.secret
    lost = shell("secrets", "rotate", TSUNAGU_ENCRYPTION_KEYS=Fernet.generate_key().decode())
    assert lost.exit_code == 1
    assert "TSUNAGU_ENCRYPTION_KEYS" in lost.stderr


@pytest.mark.parametrize(
    ("arguments", "typed", "said"),
    [
        (("plugins", "disable", "nope"), "", "nope"),
        (("sources", "create", "asterisk:testpbx"), "", "already"),
        (("sources", "create", ""), "", "name"),
        (("sources", "rotate", "nope"), "", "nope"),
        (("sources", "retire", "nope"), "", "nope"),
        (("tokens", "create", "--name", "a\x07", "--role", "admin"), "", "name"),
        (("tokens", "revoke", "999"), "", "no such"),
        (("users", "password", "nobody@example.com", "--password-stdin"), "a long password\n", "no such user"),
        ((*NEW_USER, "--email", "x"), "long enough pw\n", "e-mail"),
        ((*NEW_USER, "--email", "x@y"), "short\n", "10 characters"),
        ((*NEW_USER, "--email", "agent@example.com"), "long enough pw\n", "already"),
        (("--env-file", "/nowhere/x.env", "users", "list"), "", "does not exist"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(shell: Shell, arguments: tuple[str, ...], typed: str, said: str) -> None:
    done = shell(*arguments, typed=typed)
    assert done.exit_code == 1
    assert said in done.stderr
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.output
    assert done.stderr.count("\n") == 1


def test_a_missing_setting_and_a_missing_table_are_named(shell: Shell, tmp_path: Any) -> None:
    assert "TSUNAGU_SECRET_KEY" in shell("users", "list", TSUNAGU_SECRET_KEY=None).stderr
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    for command in (("users", "list"), ("web",)):
        refused = shell(*command, TSUNAGU_DATABASE_URL=empty)
        assert refused.exit_code == 1
        assert "tsunagu db upgrade" in refused.stderr


def test_db_upgrade_makes_an_empty_database_usable_and_may_be_repeated(shell: Shell, tmp_path: Any) -> None:
    empty = f"sqlite:///{tmp_path / 'new' / 'empty.db'}"
    for _ in range(2):
        assert shell("db", "upgrade", TSUNAGU_DATABASE_URL=empty).exit_code == 0
    assert shell("users", "list", TSUNAGU_DATABASE_URL=empty).exit_code == 0


def test_a_command_that_cannot_be_imported_is_shown_with_its_reason_and_harms_no_other(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = EntryPoint("broken", "no_such_package.cli:main", cli.GROUP)
    wrong = EntryPoint("wrong", "host.cli:OWN", cli.GROUP)
    monkeypatch.setattr(cli, "_installed", lambda: {"broken": broken, "wrong": wrong})
    shown = shell("--help")
    assert shown.exit_code == 0
    assert "no_such_package" in shown.stdout
    assert "no click command" in shown.stdout
    refused = shell("broken", "anything", "--at-all")
    assert refused.exit_code == 1
    assert "no_such_package" in refused.stderr
    assert shell("users", "list").exit_code == 0


def test_users_made_here_are_found_by_any_writing_of_their_address(site: Site) -> None:
    with site.services.database.reading() as connection:
        found = user_with_email(connection, " AGENT@example.com ")
    assert found is not None
    assert found.id == site.agent_id
