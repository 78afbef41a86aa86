"""R35: a contact book of others that fails costs names, and nothing else; the admin sees whose it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from app_fixture import Site, scratch_config
from broken_plugins import plugin_class
from foreign_plugins import install

from host.plugin_api import ContactEntry, RetryLater
from host.registry import guarded_book, installed

BOOK = """
class Book:
    def entries(self, numbers):
        {entries}
    def numbers_named(self, text, limit):
        {entries}
    def register(self, entry):
        {entries}

def book(context):
    {build}

class Plugin:
"""
FAILING = {
    "cannot_be_built": ("return {}", "raise RuntimeError('secret-token')"),
    "exits": ("return {}", "sys.exit(1)"),
    "raises": ("raise KeyError('secret-token')", "return Book()"),
    "raises_what_it_may": ("raise RetryLater('Later.')", "return Book()"),
    "is_none": ("return {}", "return None"),
    "hangs": ("import time; time.sleep(60)", "return Book()"),
    "hangs_while_it_is_built": ("return {}", "import time; time.sleep(60)"),
    "raises_value_error": ("raise ValueError('secret-token')", "return Book()"),
}


@pytest.fixture(params=FAILING)
def site(request: pytest.FixtureRequest, migrated_sqlite: Path, tmp_path: Path, quick_passwords: None) -> Iterator[Site]:
    entries, build = FAILING[request.param]
    source = plugin_class("a_book", "").replace("class Plugin:\n", BOOK.format(entries=entries, build=build))
    install(tmp_path, "a_book", source.replace("Manifest(", "Manifest(contact_book=book, ", 1))
    path = tmp_path / "tsunagu.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(tmp_path))
        patch.setattr(guarded_book, "PATIENCE_SECONDS", 0.3)
        site = Site(scratch_config(f"sqlite:///{path}"), plugins=installed())
        yield site
    site.services.processes.close()
    site.services.database.engine.dispose()
    sys.modules.pop("a_book_module", None)


def test_pages_and_calls_go_on_and_the_admin_sees_why(site: Site) -> None:
    assert site.send_event().status_code == 200
    (call_id,) = site.call_ids()
    browser = site.admin
    for address in ("/calls", "/calls?q=Ann", f"/calls/{call_id}"):
        assert browser.get(address).status_code == 200
    page = browser.get("/settings/plugins").text
    assert "The contact book fails" in page
    assert "secret-token" not in page
    entry = ContactEntry(number="+81312345678", person="Ann", source="contacts", updated_at=datetime.now(UTC))
    book = site.services.registry.context("salesforce").contact_book
    with pytest.raises(RetryLater):
        book.register(entry)
    with pytest.raises(ValueError, match=r"E\.164"):
        book.entries(["0312345678"])


def test_switched_off_the_next_contact_book_is_in_use_at_once(site: Site) -> None:
    site.services.registry.set_enabled("a_book", False, "admin@example.com")
    entry = ContactEntry(number="+81312345678", person="Ann", source="contacts", updated_at=datetime.now(UTC))
    site.services.registry.context("salesforce").contact_book.register(entry)
    assert site.services.registry.contact_book().entries(["+81312345678"])["+81312345678"].person == "Ann"
