"""R31: `tsunagu errors` lists what is stopped, tries it again and drops it."""

from __future__ import annotations

import json

import pytest
from app_fixture import Site
from click.testing import CliRunner, Result
from office_fixture import add_call, add_delivery
from sqlalchemy import select

from host import cli
from host.storage.tables import deliveries

LOST = "Salesforce does not accept the connection any more."


class Shell:
    """`tsunagu errors` on a site with two failed deliveries and one on hold."""

    def __init__(self, site: Site) -> None:
        config, services = site.services.config, site.services
        self.ids = [add_delivery(services, add_call(services, agent="101"), "failed", "Gone.") for _ in range(2)]
        self.ids.append(add_delivery(services, add_call(services, agent="101"), "parked", LOST, parked_for="reauthorise"))
        self.services = services
        self.environment = {
            "TSUNAGU_DATABASE_URL": config.database_url,
            "TSUNAGU_SECRET_KEY": config.secret_key,
            "TSUNAGU_ENCRYPTION_KEYS": ",".join(config.encryption_keys),
            "TSUNAGU_ENV_FILE": None,
        }

    def __call__(self, *arguments: str, typed: str = "") -> Result:
        return CliRunner().invoke(cli.main, ("errors", *arguments), input=typed, env=self.environment)

    @property
    def states(self) -> list[str]:
        with self.services.database.reading() as connection:
            return list(connection.execute(select(deliveries.c.state).order_by(deliveries.c.id)).scalars())


@pytest.fixture
def shell(site: Site) -> Shell:
    return Shell(site)


def test_r31_reasons_are_listed(shell: Shell) -> None:
    table = shell("list")
    assert table.exit_code == 0
    assert "Gone." in table.stdout
    assert LOST in table.stdout
    listed = json.loads(shell("list", "--json").stdout)
    assert [(group["plugin"], group["stopped"]) for group in listed] == [("salesforce", 2), ("salesforce", 1)]
    assert shell("list", "--plugin", "contacts", "--json").stdout.strip() == "[]"


def test_r31_a_reason_one_and_everything_are_tried_again(shell: Shell) -> None:
    reason = json.loads(shell("list", "--json").stdout)[1]["reason"]
    done = shell("retry", "--plugin", "salesforce", "--reason", reason)
    assert (done.exit_code, done.stderr) == (0, "1 set going again.\n")
    assert shell.states == ["failed", "failed", "waiting"]
    shell("retry", "--delivery", str(shell.ids[0]))
    assert shell.states == ["waiting", "failed", "waiting"]
    shell("retry", "--all")
    assert shell.states == ["waiting", "waiting", "waiting"]


def test_r31_dropping_asks_first(shell: Shell) -> None:
    assert shell("drop", "--all", typed="n\n").exit_code == 1
    assert shell.states == ["failed", "failed", "parked"]
    assert shell("drop", "--all", "--yes").stderr == "3 dropped.\n"
    assert shell.states == ["skipped", "skipped", "skipped"]


@pytest.mark.parametrize("options", [(), ("--all", "--plugin", "x"), ("--reason", "x"), ("--delivery", "0")])
def test_r31_what_means_nothing_is_refused(shell: Shell, options: tuple[str, ...]) -> None:
    assert shell("retry", *options).exit_code == 2
    assert shell.states == ["failed", "failed", "parked"]
