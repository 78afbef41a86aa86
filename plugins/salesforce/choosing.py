"""A person moves a call to another record: search for it, choose it, undo that (B2).

Choosing stores the record for the call's number; the call is then looked up anew, and that finds the chosen record,
registers its names and moves the activity, through the same durable way as any other look-up.
"""

from __future__ import annotations

from collections.abc import Sequence

from host.plugin_api import Call, ContactEntry, PermanentFailure, PluginContext, RecordRef
from plugins.salesforce.client import Client
from plugins.salesforce.connection import LiveConnection, read_connection
from plugins.salesforce.domain.hit import Hit, read_hits
from plugins.salesforce.domain.pin import Pin
from plugins.salesforce.domain.record_search import record_search
from plugins.salesforce.domain.schema import ObjectSchema, OrgSchema
from plugins.salesforce.domain.soql import RECORD_ID, record_query
from plugins.salesforce.org import known_schema
from plugins.salesforce.pins import KeptPin, drop_pin, keep_pin, kept_pin
from plugins.salesforce.preferences import read_preferences
from plugins.salesforce.wording import N_

NOT_CHOOSABLE = N_("This record cannot be chosen: it is gone, converted, or the connected Salesforce user may not read it.")
LONGEST_NAME = 400


def may_choose(context: PluginContext) -> bool:
    """Whether there is an org to choose records of."""
    return read_connection(context) is not None


def search_records(client: Client, number: str, text: str) -> Sequence[Hit] | None:
    """The Contacts, Accounts and Leads with such a name or number, in that order: one API call.

    Each tells whether it holds `number`. None if the text is too short to search by; nothing was asked.
    """
    context = client.connection.context
    org, objects = _fields(client)
    statement = record_search(text, context.site.region, objects, org.objects)
    if statement is None:
        return None
    rows = client.get("search/", {"q": statement})["searchRecords"]
    hits = read_hits(rows, objects, number, context.site.region)
    return [hit for one in objects for hit in hits if hit.object == one.name]


def choose(client: Client, call: Call, record: RecordRef, by: str) -> KeptPin:
    """Remember this record for the call's number, if it may be read: one API call.

    Args:
        by: the person's name, as "why this record?" shows it.

    Raises:
        PermanentFailure: it cannot be chosen; nothing is remembered.
    """
    number, context = call.number or "", client.connection.context
    hit = _read(client, number, record)
    earlier = kept_pin(client.connection, number)
    pin = Pin(
        number=number,
        record=RecordRef(object=hit.object, id=hit.id),
        held=hit.holds_number,
        chosen_by=by,
        chosen_at=context.clock(),
    )
    before = earlier.before if earlier else context.contact_book.entries([number]).get(number)
    kept = KeptPin(pin=pin, name=name_of(hit)[:LONGEST_NAME], before=before)
    keep_pin(client.connection, kept)
    return kept


def undo(connection: LiveConnection, kept: KeptPin) -> None:
    """Forget the choice, and put back what the contact book held before, unless somebody has changed that since."""
    context, number = connection.context, kept.pin.number
    drop_pin(connection, kept.pin)
    now = context.contact_book.entries([number]).get(number)
    if now is not None and now.record == kept.pin.record:
        context.contact_book.register(kept.before or _nobody(context, number))


def name_of(hit: Hit) -> str:
    """Person and company, or whichever there is."""
    return " / ".join(dict.fromkeys(name for name in (hit.person, hit.company) if name)) or hit.id


def _read(client: Client, number: str, record: RecordRef) -> Hit:
    org, objects = _fields(client)
    schema = next((found for found in objects if found.name == record.object), None)
    if schema is None or not RECORD_ID.fullmatch(record.id):
        raise PermanentFailure(NOT_CHOOSABLE)
    rows = client.get("query/", {"q": record_query(schema, record.id, org.objects)})["records"]
    hits = read_hits(rows, objects, number, client.connection.context.site.region)
    if not hits:
        raise PermanentFailure(NOT_CHOOSABLE)
    return hits[0]


def _fields(client: Client) -> tuple[OrgSchema, tuple[ObjectSchema, ...]]:
    """All that may be read, and the objects in which numbers are looked up."""
    org = known_schema(client.connection)
    return org, org.counted(read_preferences(client.connection.context).unticked)


def _nobody(context: PluginContext, number: str) -> ContactEntry:
    """An empty name means "not registered"."""
    return ContactEntry(number=number, source=context.plugin, updated_at=context.clock())
