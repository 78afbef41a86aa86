"""How an author shows the kit a plugin at work: its CRM, how it is connected, and what is to come of a call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from host.testing.lab import Lab
from host.testing.wire import Reply, Request, Trouble, Wire

REPLIES = {
    Trouble.REFUSED: Reply(status=401, json={"error": "unauthorized"}),
    Trouble.FORBIDDEN: Reply(status=403, json={"error": "forbidden"}),
    Trouble.LIMITED: Reply(status=429, json={"error": "too many requests"}, headers={"Retry-After": "90"}),
    Trouble.BROKEN: Reply(status=503, text="<html><body>Service unavailable</body></html>"),
    Trouble.NONSENSE: Reply(status=200, text="<html><body>Please log in</body></html>"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Whom the CRM knows under the number `host.testing.CALLER`: what the contact book is to show."""

    company: str
    person: str


class Scenario:
    """Subclass this, and override what fits.

    Attributes:
        known: whom the CRM knows under `CALLER`; None for a plugin that looks nobody up. It knows nobody under `STRANGER`.
        writes: whether memos are written into the CRM; then `records` tells what is there.
        speaks_http: false for a plugin that reaches its system by other means; then override `happens` and `trouble`.
        waits: the seconds the CRM's refusal for too many requests asks for; 0 if it names none.
    """

    known: Known | None = None
    writes: bool = False
    speaks_http: bool = True
    waits: float = 90.0

    def running(self) -> AbstractContextManager[object]:
        """What has to run meanwhile, such as a server of yours; the CRM is empty but for `known` when it begins."""
        return nullcontext()

    def connect(self, lab: Lab) -> None:
        """Set the plugin up as an admin would, by `lab.context`: settings, secrets, a connection."""

    def answer(self, request: Request) -> Reply | None:  # noqa: ARG002 - for those who override it
        """The CRM's answer to a request; None lets it through to a server on this machine."""
        return None

    def records(self) -> Sequence[str]:
        """What the plugin has written into the CRM so far: a text for each record, with the memo in it."""
        return ()

    def secrets(self) -> tuple[str, ...]:
        """What must not be seen anywhere: keys, tokens, passwords."""
        return ()

    def refusal(self, trouble: Trouble) -> Reply:
        """How this CRM says it."""
        return REPLIES.get(trouble, Reply())

    def happens(self, trouble: Trouble) -> bool:  # noqa: ARG002 - for those who override it
        """Whether this can happen to the plugin at all."""
        return self.speaks_http

    @contextmanager
    def trouble(self, trouble: Trouble, wire: Wire, *, first: int = 0) -> Iterator[None]:
        """Until the block ends this goes wrong, from the request of this number on."""
        with wire.troubled(trouble, self.refusal(trouble), first=first):
            yield
