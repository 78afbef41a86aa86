"""The way of an inbound event: who signed it, what it says, and what it changes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from host.calls import Taken, apply_event
from host.security.event_sources import EventSource, event_sources_of
from host.services import Services
from host.storage.call_store import people_by_extension
from host.telephony.kept import Kept
from host.telephony.parse import parse_event
from host.telephony.problems import NotSigned
from host.telephony.signature import signer_of


class Received(StrEnum):
    """What became of an event that was accepted."""

    STORED = "stored"
    REPEATED = "repeated"
    IGNORED = "ignored"


class Receiver:
    """Takes the events that come to one process.

    A new secret is known at once, one that was retired is refused a second later at most; so late is a user's new extension.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._sources = Kept(services.database, lambda connection: event_sources_of(connection, services.sealer))
        self._people = Kept(services.database, people_by_extension)

    def receive(self, headers: Mapping[str, str], body: bytes) -> tuple[Received, str]:
        """Take one event; gives back what became of it and its type ("-" for one that is not known).

        Raises:
            EventRefused: nothing was written.
        """
        source, webhook_id = self._signer(headers, body)
        event = parse_event(body, signed_by=source.name, region=self._services.config.region)
        if event is None:
            return Received.IGNORED, "-"
        taken = apply_event(self._services, source, webhook_id, event, self._people.kept())
        return (Received.REPEATED if taken is Taken.REPEATED else Received.STORED), event.type.value

    def _signer(self, headers: Mapping[str, str], body: bytes) -> tuple[EventSource, str]:
        try:
            return signer_of(body, headers, self._sources.kept())
        except NotSigned:
            return signer_of(body, headers, self._sources.fresh())
