"""Brings an installation's database to life: tables, people, memo items, and who may send events."""

from __future__ import annotations

from dataclasses import dataclass

from host.memo_items import add_memo_item, list_memo_items
from host.security.event_sources import create_source, event_sources_of
from host.security.users import Role, list_users
from host.services import Services
from host.storage.migrate import upgrade
from host.users import add_user


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may log in; `extension` is their telephone."""

    name: str
    email: str
    role: Role
    extension: str = ""


ADMIN = Person("Sayaka Mori", "admin@example.com", Role.ADMIN)
AGENTS = (
    Person("Alice Sato", "alice@example.com", Role.AGENT, "101"),
    Person("Bob Suzuki", "bob@example.com", Role.AGENT, "102"),
    Person("Carol Tanaka", "carol@example.com", Role.AGENT, "103"),
    Person("Dan Ito", "dan@example.com", Role.AGENT, "104"),
)
MEMO_ITEMS = ("Call back", "Quote wanted", "Complaint")


def upgrade_database(services: Services) -> None:
    """Bring the tables of host and plugins up to date."""
    upgrade(services.database, [plugin.manifest for plugin in services.registry.loaded])


def add_people(services: Services, password: str) -> None:
    """Add the admin and the agents of the recordings, unless somebody is there already."""
    with services.database.reading() as connection:
        if list_users(connection):
            return
    for person in (ADMIN, *AGENTS):
        add_user(
            services,
            email=person.email,
            name=person.name,
            role=person.role,
            extension=person.extension,
            password=password,
            by="demo",
        )


def add_memo_items(services: Services) -> None:
    """Add the boxes a person may tick in a memo, unless there are some."""
    with services.database.reading() as connection:
        if list_memo_items(connection):
            return
    for label in MEMO_ITEMS:
        add_memo_item(services, label, by="demo")


def source_secret(services: Services, name: str) -> str:
    """The secret with which this telephone system signs; it is added if it is new."""
    with services.database.reading() as connection:
        known = {source.name: source.secrets[0] for source in event_sources_of(connection, services.sealer)}
    if name in known:
        return known[name]
    with services.database.writing() as connection:
        return create_source(connection, services.sealer, name, services.clock())
