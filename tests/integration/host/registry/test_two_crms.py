"""R33: two CRMs at once: the order an admin set decides whose name is shown, on both databases."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest
from app_fixture import scratch_config
from sqlalchemy import insert

from host.domain.ids import new_call_id
from host.plugin_api import CallEnded, ContactEntry, Manifest, Match, PluginContext, RecordRef, hookimpl
from host.registry import PluginUnknown
from host.registry.loading import GROUP
from host.services import Services, build_services
from host.storage.tables import calls

NUMBER = "+81312345678"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class Crm:
    """A CRM plugin of which only the name matters."""

    def __init__(self, name: str) -> None:
        self.manifest = Manifest(name=name, title=name, version="1")

    @hookimpl
    def on_call_end(self, context: PluginContext, event: CallEnded) -> None:
        """Looks up who called."""


class Office:
    """An installation with the contact book and the CRMs alpha and beta."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def finds(self, crm: str, company: str, at: datetime = NOW) -> None:
        record = RecordRef(object="Contact", id=f"{crm}-1")
        entry = ContactEntry(number=NUMBER, company=company, source=crm, record=record, updated_at=at)
        self.services.registry.context(crm).contact_book.register(entry)

    def finds_nobody(self, crm: str) -> None:
        self.services.registry.context(crm).calls.keep_matches({NUMBER: Match(record=None)}, NOW, NOW)

    @property
    def shown(self) -> tuple[str, str]:
        entry = self.services.registry.contact_book().entries([NUMBER])[NUMBER]
        return entry.source, entry.company


@pytest.fixture
def office(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    module = ModuleType("two_crms")
    vars(module).update(alpha=Crm("alpha"), beta=Crm("beta"))
    monkeypatch.setitem(sys.modules, "two_crms", module)
    points = [EntryPoint(name, f"two_crms:{name}", GROUP) for name in ("alpha", "beta")]
    points.append(EntryPoint("contacts", "plugins.contacts.plugin:plugin", GROUP))
    services = build_services(scratch_config(database_url), clock=lambda: NOW, plugins=points)
    yield Office(services)
    services.database.engine.dispose()


def test_r33_a_plugin_further_down_never_replaces_the_name_of_one_before_it(office: Office) -> None:
    assert office.services.registry.order() == ["alpha", "beta"]
    office.finds("alpha", "Alpha Ltd")
    office.finds("beta", "Beta Ltd")
    assert office.shown == ("alpha", "Alpha Ltd")


def test_r33_the_plugin_before_it_takes_the_place_whoever_was_first(office: Office) -> None:
    office.finds("beta", "Beta Ltd")
    assert office.shown == ("beta", "Beta Ltd")
    office.finds("alpha", "Alpha Ltd")
    assert office.shown == ("alpha", "Alpha Ltd")


def test_r33_the_next_one_takes_over_when_the_first_knows_nobody_any_more(office: Office) -> None:
    office.finds("beta", "Beta Ltd")
    office.finds("alpha", "Alpha Ltd")
    office.finds_nobody("alpha")
    assert office.shown == ("beta", "Beta Ltd")
    office.finds("alpha", "Alpha again")
    office.finds("beta", "Beta renamed")
    office.finds_nobody("beta")
    office.finds_nobody("alpha")
    assert office.shown == ("alpha", "Alpha again"), "a look-up that finds nothing leaves the entry as it is"


def test_r33_an_old_name_of_a_plugin_that_finds_it_no_more_gives_way(office: Office) -> None:
    office.finds("alpha", "Alpha Ltd", NOW - timedelta(days=31))
    office.finds("beta", "Beta Ltd")
    assert office.shown == ("beta", "Beta Ltd")


def test_r33_a_new_order_holds_at_once_and_is_logged(office: Office) -> None:
    registry = office.services.registry
    office.finds("alpha", "Alpha Ltd")
    office.finds("beta", "Beta Ltd")
    registry.move("beta", 0, "admin@example.com")
    assert registry.order() == ["beta", "alpha"]
    assert office.shown == ("beta", "Beta Ltd")
    registry.move("alpha", 0, "admin@example.com")
    assert office.shown == ("alpha", "Alpha Ltd")
    with pytest.raises(PluginUnknown):
        registry.move("contacts", 0, "admin@example.com")


def test_r34_the_name_of_a_plugin_that_is_off_is_replaced(office: Office) -> None:
    office.finds("alpha", "Alpha Ltd")
    office.services.registry.set_enabled("alpha", False, "admin@example.com")
    office.finds("beta", "Beta Ltd")
    assert office.shown == ("beta", "Beta Ltd")


def test_r33_a_contact_book_that_is_switched_on_again_is_given_the_name_of_the_first(office: Office) -> None:
    registry = office.services.registry
    call_id = new_call_id(NOW)
    told = {"direction": "inbound", "state": "ended", "agents": [], "transfers": [], "source": "test", "number": NUMBER}
    times = {"started_at": NOW, "created_at": NOW, "updated_at": NOW}
    with office.services.database.writing() as connection:
        connection.execute(insert(calls).values(id=call_id, source_call_id=call_id, **told, **times))
    registry.set_enabled("contacts", False, "admin@example.com")
    for crm in ("alpha", "beta"):
        match = Match(record=RecordRef(object="Contact", id=crm), company=crm)
        registry.context(crm).calls.keep_match(call_id, match)
    registry.set_enabled("contacts", True, "admin@example.com")
    assert office.shown == ("alpha", "alpha")


def test_r33_who_finds_it_at_the_same_moment_does_not_matter(office: Office) -> None:
    with ThreadPoolExecutor(4) as threads:
        for _ in range(3):
            list(threads.map(lambda crm: office.finds(crm, crm), ("beta", "alpha", "beta", "alpha")))
            assert office.shown == ("alpha", "alpha")
