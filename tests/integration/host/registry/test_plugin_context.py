"""R33, R34: what the host offers a plugin: settings, sealed secrets, the site's contact book, calls, the operation log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from types import SimpleNamespace

import pytest
from sqlalchemy import insert, select, update

from host.config import Config
from host.domain.ids import new_call_id
from host.plugin_api import Changed, ContactEntry, Manifest, PluginContext, Sentence, SiteUser
from host.registry import PluginUnknown
from host.security.users import Role, create_user
from host.services import Services, build_services, utc_now
from host.storage.plugin_tables import plugin_secrets
from host.storage.tables import calls, operation_log, users

NUMBER = "+81312345678"
ENTRY = ContactEntry(
    number=NUMBER, company="取引先", person="山田", source="crm", updated_at=datetime(2026, 5, 1, tzinfo=UTC)
)


class Book:
    def __init__(self, context: PluginContext) -> None:
        self.kept: dict[str, ContactEntry] = {}
        self.owner = context.plugin

    def entries(self, numbers):
        return {number: self.kept[number] for number in numbers if number in self.kept}

    def numbers_named(self, text, limit):
        return [number for number, entry in self.kept.items() if text in entry.company][:limit]

    def register(self, entry):
        self.kept[entry.number] = entry


@pytest.fixture
def services(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    crm = SimpleNamespace(manifest=Manifest(name="crm", title="CRM", version="1"))
    book = SimpleNamespace(manifest=Manifest(name="book", title="Book", version="1", contact_book=Book))
    monkeypatch.setitem(__import__("sys").modules, "two_plugins", SimpleNamespace(crm=crm, book=book))
    config = Config(
        database_url=database_url, secret_key="s" * 32, encryption_keys=("0" * 43 + "=",), url="https://pbx.example"
    )
    points = [EntryPoint(name, f"two_plugins:{name}", "tsunagu.plugins") for name in ("crm", "book")]
    services = build_services(config, plugins=points)
    yield services
    services.database.engine.dispose()


def test_settings_are_merged_and_forgotten_and_each_plugins_own(services: Services) -> None:
    crm, book = services.registry.context("crm").settings, services.registry.context("book").settings
    crm.write({"fetch": "after", "objects": ["Contact"]})
    crm.write({"fetch": None, "limit": 3})
    assert (dict(crm.read()), dict(book.read())) == ({"objects": ["Contact"], "limit": 3}, {})


def test_secrets_are_sealed_at_rest(services: Services) -> None:
    secrets = services.registry.context("crm").secrets
    secrets.put({"refresh_token": "5Aep", "old": "x"})
    secrets.put({"refresh_token": "5Aep2", "old": None})
    assert (secrets.get("refresh_token"), secrets.get("old")) == ("5Aep2", None)
    with services.database.reading() as connection:
        stored = connection.execute(select(plugin_secrets.c.sealed)).scalars().all()
    assert len(stored) == 1
    assert "5Aep2" not in stored[0]


def test_contact_book_is_that_of_the_enabled_plugin_at_that_moment(services: Services) -> None:
    book = services.registry.context("crm").contact_book
    book.register(ENTRY)
    assert book.entries([NUMBER, "+8190"]) == {NUMBER: ENTRY}
    services.registry.set_enabled("book", False, "admin@example.com")
    assert (book.entries([NUMBER]), list(book.numbers_named("取引先", 5))) == ({}, [])
    book.register(ENTRY)
    services.registry.set_enabled("book", True, "admin@example.com")
    assert list(book.numbers_named("取引先", 5)) == [NUMBER]


def test_calls_can_be_read(services: Services) -> None:
    call_id, now = new_call_id(utc_now()), utc_now()
    row = {
        "id": call_id,
        "source": "test",
        "source_call_id": "1",
        "state": "ended",
        "direction": "inbound",
        "number": NUMBER,
    }
    with services.database.writing() as connection:
        times = {"started_at": now, "created_at": now, "updated_at": now}
        connection.execute(insert(calls).values(**row, **times, agents=[], transfers=[], stamps={}))
    reader = services.registry.context("crm").calls
    call = reader.get(call_id)
    assert call is not None
    assert (call.number, call.url) == (NUMBER, f"https://pbx.example/calls/{call_id}")
    assert ([found.id for found in reader.recent(5)], reader.get("nothing")) == ([call_id], None)


def test_audit_goes_into_the_operation_log(services: Services) -> None:
    services.registry.context("crm").audit("admin@example.com", "connected", {"method": "oauth"})
    with services.database.reading() as connection:
        line = connection.execute(select(operation_log)).one()
    assert (line.actor, line.area, line.action, line.detail) == (
        "admin@example.com",
        "crm",
        "connected",
        {"method": "oauth"},
    )


def test_r18_a_plugin_finds_its_own_lines_with_what_was_there_before_and_after(services: Services) -> None:
    crm, book = services.registry.context("crm"), services.registry.context("book")
    detail = {"fetch": Changed("after each call", None), "who": Sentence("%(name)s", name=Sentence("nobody"))}
    crm.audit("admin@example.com", "fetch changed", detail)
    book.audit("admin@example.com", "other", {})
    line = crm.operations.find().operations[0]
    assert (line.actor, line.area, line.action, dict(line.detail)) == (
        "admin@example.com",
        "crm",
        "fetch changed",
        {"fetch": Changed("after each call", None), "who": "nobody"},
    )
    assert isinstance(line.detail["who"], Sentence)
    assert list(crm.operations.actions()) == ["fetch changed"]
    with services.database.reading() as connection:
        stored = connection.execute(select(operation_log.c.detail).where(operation_log.c.area == "crm")).scalar_one()
    assert stored["fetch"] == {"before": "after each call", "after": None}


def test_r18_a_plugin_filters_and_pages_its_lines(services: Services) -> None:
    crm = services.registry.context("crm")
    for number in range(5):
        crm.audit(f"Person {number % 2}", f"did {number}", {})
    first = crm.operations.find(limit=2)
    second = crm.operations.find(limit=2, before=first.before)
    third = crm.operations.find(limit=2, before=second.before)
    pages = [[line.action for line in page.operations] for page in (first, second, third)]
    assert pages == [["did 4", "did 3"], ["did 2", "did 1"], ["did 0"]]
    assert third.before is None
    assert [line.action for line in crm.operations.find(actor="person 1").operations] == ["did 3", "did 1"]
    assert [line.action for line in crm.operations.find(action="did 2").operations] == ["did 2"]
    moment = crm.operations.find(action="did 2").operations[0].happened_at
    assert [line.action for line in crm.operations.find(since=moment, until=moment).operations] == []
    assert [line.action for line in crm.operations.find(until=moment).operations] == ["did 1", "did 0"]


def test_r18_what_no_database_takes_does_not_lose_the_line(services: Services) -> None:
    crm = services.registry.context("crm")
    crm.audit("a\0" * 200, "x\ud800" * 80, {"n\0": Changed("\0", 2.5), "at": utc_now()})
    line = crm.operations.find().operations[0]
    assert (len(line.actor), line.detail["n"]) == (200, Changed("", "2.5"))


def test_context_of_an_unknown_plugin(services: Services) -> None:
    with pytest.raises(PluginUnknown, match="nobody"):
        services.registry.context("nobody")


def test_r28_the_people_of_the_site_by_name(services: Services) -> None:
    now = services.clock()
    with services.database.writing() as connection:
        ito = create_user(
            connection,
            email="ito@example.com",
            name="Ito",
            role=Role.AGENT,
            password="a long password",
            now=now,
            extension="101",
        )
        abe = create_user(
            connection, email="abe@example.com", name="Abe", role=Role.ADMIN, password="a long password", now=now
        )
        connection.execute(update(users).where(users.c.id == abe).values(active=False))
    assert services.registry.context("crm").users() == [
        SiteUser(id=abe, name="Abe", email="abe@example.com", extension="", active=False),
        SiteUser(id=ito, name="Ito", email="ito@example.com", extension="101", active=True),
    ]
