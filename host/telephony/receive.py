"""The way of an inbound event: who signed it, what it says, and what it changes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from host.calls import Taken, apply_event
from host.security.event_sources import event_sources_of
from host.services import Services
from host.telephony.parse import parse_event
from host.telephony.signature import signer_of


class Received(StrEnum):
    """What became of an event that was accepted."""

    STORED = "stored"
    REPEATED = "repeated"
    IGNORED = "ignored"


def receive(services: Services, headers: Mapping[str, str], body: bytes) -> tuple[Received, str]:
    """Take one event; gives back what became of it and its type ("-" for one that is not known).

    Raises:
        EventRefused: nothing was written.
    """
    with services.database.reading() as connection:
        sources = event_sources_of(connection, services.sealer)
    source, webhook_id = signer_of(body, headers, sources)
    event = parse_event(body, signed_by=source.name, region=services.config.region)
    if event is None:
        return Received.IGNORED, "-"
    taken = apply_event(services, source, webhook_id, event)
    return (Received.REPEATED if taken is Taken.REPEATED else Received.STORED), event.type.value
