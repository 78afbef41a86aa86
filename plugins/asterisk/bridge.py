"""The bridge: reads the PBX's events, folds them into calls, keeps the news in the outbox, lets the sender post it."""

import fcntl
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from plugins.asterisk.ami_client import Account, AmiConnection, AmiError
from plugins.asterisk.backoff import delay
from plugins.asterisk.events import event
from plugins.asterisk.frames import Message
from plugins.asterisk.live_calls import LiveCalls, News
from plugins.asterisk.outbox import Outbox
from plugins.asterisk.parties import Site
from plugins.asterisk.sender import Receiver, Sender

EVENT_CLASSES = "call,agent"
ROLL_CALL_EVERY = 300.0
_TICK = 0.5
_FIRST_RETRY, _LONGEST_RETRY = 0.5, 30.0

log = logging.getLogger("tsunagu.asterisk.bridge")


@dataclass(frozen=True, slots=True)
class BridgeConfig:
    """What a bridge needs to know. `source` is the PBX's name at the host, e.g. `asterisk:testpbx`."""

    account: Account
    receiver: Receiver
    source: str
    site: Site
    outbox: Path


class AlreadyRunningError(Exception):
    """Another bridge works with the same outbox."""


class SenderBrokenError(Exception):
    """The sender has ended by an error of its own, which its traceback in the log tells."""


class Bridge:
    """Runs until `stop`; outages of the PBX and of the host are waited out."""

    def __init__(self, config: BridgeConfig) -> None:
        self._config = config
        self._stopping = threading.Event()
        self._outbox = Outbox(config.outbox)
        self._live = LiveCalls(config.site, self._outbox.live_calls())
        self._sender = Sender(config.outbox, config.receiver, self._stopping)
        self._failures = 0

    def stop(self) -> None:
        self._stopping.set()
        self._sender.wake.set()

    def run(self) -> None:
        """Works until `stop`.

        Raises:
            SenderBrokenError, sqlite3.Error: the outbox cannot be used.
        """
        self._sender.start()
        try:
            while not self._stopping.is_set():
                self._connect_once()
        finally:
            self.stop()
            self._sender.join()
            self._outbox.close()
        if self._sender.broken:
            raise SenderBrokenError("The sender has failed; start the bridge again. Nothing in the outbox is lost.")

    def _connect_once(self) -> None:
        try:
            with AmiConnection(self._config.account, EVENT_CLASSES) as connection:
                self._failures = 0
                log.info("connected with Asterisk")
                self._listen(connection)
        except AmiError as error:
            self._failures += 1
            wait = delay(self._failures, first=_FIRST_RETRY, longest=_LONGEST_RETRY)
            log.warning("%s Trying again in %.1f s.", error, wait)
            self._stopping.wait(wait)

    def _listen(self, connection: AmiConnection) -> None:
        asked_at, roll_call = -ROLL_CALL_EVERY, ""
        while not self._stopping.is_set():
            if time.monotonic() - asked_at >= ROLL_CALL_EVERY:
                # Also while nothing was lost: an event the PBX never sent must not keep a call alive for ever.
                self._live.expect_roll_call()
                roll_call, asked_at = connection.send("CoreShowChannels"), time.monotonic()
            self._take(connection.read(_TICK), roll_call)

    def _take(self, messages: list[Message], roll_call: str) -> None:
        told: list[News] = []
        for message in messages:
            if message.get("ActionID") == roll_call and message.get("Response") == "Error":
                log.error("Asterisk does not list its channels: give the bridge's user write = reporting in manager.conf.")
            elif message.get("ActionID") == roll_call and message.event == "CoreShowChannelsComplete":
                told += self._live.roll_call_done()
            else:
                told += self._live.accept(message, datetime.now(UTC))
        self._keep(told)

    def _keep(self, told: list[News]) -> None:
        live = self._live
        if not told and not live.touched and not live.gone:
            return
        events = [event(news, self._config.source) for news in told]
        new = self._outbox.store(events, [live.calls[call_id] for call_id in live.touched], live.gone)
        live.forget_changes()
        if new:
            self._sender.wake.set()


@contextmanager
def only_bridge(outbox: Path) -> Iterator[None]:
    """Holds the outbox for this process: two bridges would fold every call twice.

    Raises:
        AlreadyRunningError: another process holds it.
    """
    outbox.parent.mkdir(parents=True, exist_ok=True)
    with outbox.with_name(outbox.name + ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunningError(f"Another bridge is running with the outbox {outbox}.") from None
        yield
