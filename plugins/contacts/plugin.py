"""The contact book as a plugin: what the host reads of it when it is loaded."""

from __future__ import annotations

from importlib.metadata import version

from host.plugin_api import Manifest, NavigationItem
from plugins.contacts.book import make_book
from plugins.contacts.marks import N_
from plugins.contacts.pages import make_pages
from plugins.contacts.rest import make_rest
from plugins.contacts.tables import metadata


class Contacts:
    """Keeps names by telephone number; implements no hook."""

    manifest = Manifest(
        name="contacts",
        title=N_("Contacts"),
        description=N_("The contact book: company and person by telephone number, shown in the call history."),
        version=version("tsunagu"),
        migrations="plugins.contacts.migrations",
        tables=metadata,
        translations="plugins.contacts",
        contact_book=make_book,
        pages=make_pages,
        rest=make_rest,
        navigation=(NavigationItem(title=N_("Contacts"), endpoint="index", icon="address-book"),),
    )


plugin = Contacts()
