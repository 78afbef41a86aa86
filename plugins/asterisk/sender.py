"""Posts what waits in the outbox to the host, signed by Standard Webhooks, and decides what each answer means."""

import logging
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import requests
from standardwebhooks import Webhook

from plugins.asterisk.backoff import delay
from plugins.asterisk.events import Event
from plugins.asterisk.outbox import Outbox, Pending

PATH = "/api/v1/telephony/events"
TIMEOUTS = (5.0, 20.0)
PRUNE_EVERY = 3600.0
_FIRST_RETRY, _LONGEST_RETRY, _LONGEST_RETRY_AFTER = 0.5, 60.0, 3600.0
_MALFORMED = frozenset({400, 413, 415, 422})
# The host as a whole cannot or will not take anything now: waiting helps all events alike.
_WHOLE_HOST = frozenset({401, 403, 404, 405, 410, 429, 502, 503, 504})

log = logging.getLogger("tsunagu.asterisk.sender")


@dataclass(frozen=True, slots=True)
class Receiver:
    """The host's address and the secret (`whsec_…`) of our telephony source there."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the host said. `status` is 0 when it said nothing; `retry_after` in seconds."""

    status: int
    reason: str
    retry_after: float | None = None

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300

    @property
    def malformed(self) -> bool:
        return self.status in _MALFORMED

    @property
    def whole_host(self) -> bool:
        return self.status == 0 or 300 <= self.status < 400 or self.status in _WHOLE_HOST


def signed_headers(secret: str, event: Event, at: datetime) -> dict[str, str]:
    """The Standard Webhooks headers for one attempt at `at`."""
    return {
        "content-type": "application/json",
        "user-agent": "tsunagu-bridge",
        "webhook-id": event.webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(event.webhook_id, at, event.body),
    }


def post(session: requests.Session, receiver: Receiver, event: Event) -> Answer:
    """One attempt. Redirects are not followed: the signed body is for this address only."""
    headers = signed_headers(receiver.secret, event, datetime.now(UTC))
    try:
        response = session.post(
            receiver.url + PATH, data=event.body.encode(), headers=headers, timeout=TIMEOUTS, allow_redirects=False
        )
    except requests.RequestException as error:
        return Answer(0, f"The host cannot be reached ({type(error).__name__}).")
    retry_after = response.headers.get("retry-after", "")
    wait = min(float(retry_after), _LONGEST_RETRY_AFTER) if retry_after.isdecimal() else None
    return Answer(response.status_code, _reason(response), wait)


def _reason(response: requests.Response) -> str:
    words = {
        401: "The host refuses the signature: TSUNAGU_SOURCE_SECRET or the clock is wrong.",
        404: "The host has no such address: TSUNAGU_URL is wrong.",
    }
    return words.get(response.status_code) or f"HTTP {response.status_code}: {response.text[:300]}".strip()


class Sender(threading.Thread):
    """Empties the outbox until `stopping`. `wake` tells that something was put in."""

    def __init__(self, path: Path, receiver: Receiver, stopping: threading.Event) -> None:
        super().__init__(name="sender")
        self._path, self._receiver, self._stopping = path, receiver, stopping
        self.wake = threading.Event()
        self.broken = False
        self._failures = 0
        self._pruned_at = 0.0

    def run(self) -> None:
        """Ends the bridge as well, should it end by an error: events that nobody sends must not look like a quiet day."""
        self.broken = True
        try:
            self._send_until_stopped()
            self.broken = False
        finally:
            self._stopping.set()

    def _send_until_stopped(self) -> None:
        outbox = Outbox(self._path)
        with requests.Session() as session:
            while not self._stopping.is_set():
                pause = self._send_due(outbox, session)
                self._prune(outbox)
                if self._failures:
                    self._stopping.wait(pause)
                else:
                    self.wake.wait(pause)
                self.wake.clear()
        outbox.close()

    def _send_due(self, outbox: Outbox, session: requests.Session) -> float:
        """Sends what is due, one by one in the order it happened; returns for how many seconds to pause."""
        while not self._stopping.is_set() and (due := outbox.due(time.time(), most=1)):
            answer = post(session, self._receiver, due[0].event)
            self._settle(outbox, due[0], answer)
            if answer.whole_host:
                self._failures += 1
                return answer.retry_after or delay(self._failures, first=_FIRST_RETRY, longest=_LONGEST_RETRY)
            self._failures = 0
        return 0.25 if outbox.waiting() else 1.0

    def _settle(self, outbox: Outbox, pending: Pending, answer: Answer) -> None:
        event = pending.event
        if answer.taken:
            outbox.sent(pending.seq)
            log.info("sent %s of call %s", event.type, event.call_id)
        elif answer.malformed:
            outbox.park(pending.seq, answer.reason)
            log.error("parked %s of call %s: HTTP %d; see --parked", event.type, event.call_id, answer.status)
        else:
            # While the host as a whole does not take anything, the pause after this is what waits.
            wait = delay(pending.attempts + 1, first=_FIRST_RETRY, longest=_LONGEST_RETRY)
            outbox.retry(pending.seq, 0 if answer.whole_host else time.time() + wait, answer.reason)
            said = f"HTTP {answer.status}" if answer.status else answer.reason
            log.warning("%s of call %s not sent, will try again: %s", event.type, event.call_id, said)

    def _prune(self, outbox: Outbox) -> None:
        if time.time() - self._pruned_at > PRUNE_EVERY:
            self._pruned_at = time.time()
            outbox.prune(self._pruned_at)
