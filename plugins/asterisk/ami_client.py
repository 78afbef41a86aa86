"""One logged-in AMI connection: sends actions, reads messages, notices a dead peer by Ping."""

import itertools
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from plugins.asterisk.frames import Decoder, Message, encode
from plugins.asterisk.marks import N_, ToldError

CONNECT_SECONDS = 10.0
RESPONSE_SECONDS = 10.0
PING_AFTER = 15.0
DEAD_AFTER = 45.0


class AmiError(ToldError):
    """Base of what can go wrong with the PBX; it holds no secrets."""


class AmiUnreachableError(AmiError):
    """No connection, so nothing was sent: may be tried again."""


class AmiRefusedError(AmiError):
    """The PBX does not let us in: configuration, not chance."""


class AmiLostError(AmiError):
    """The connection broke while in use: what was sent may or may not have been taken."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where the PBX is and as whom to log in. `ca_file` is needed only for a certificate of one's own authority."""

    host: str
    port: int
    username: str
    secret: str = field(repr=False)
    tls: bool = False
    ca_file: str | None = None


class AmiConnection:
    """A connection that is logged in from the start; used by one thread.

    Raises on construction: AmiUnreachableError, AmiRefusedError, AmiLostError.
    """

    def __init__(self, account: Account, events: str) -> None:
        self._socket = _connect(account)
        self._decoder = Decoder()
        self._pending: list[Message] = []
        self._ids = itertools.count(1)
        self._heard_at = self._pinged_at = time.monotonic()
        try:
            self._log_in(account, events)
        except BaseException:
            self.close()
            raise

    def _log_in(self, account: Account, events: str) -> None:
        login = (("Username", account.username), ("Secret", account.secret), ("Events", events))
        if self.request("Login", login).get("Response") != "Success":
            raise AmiRefusedError(
                N_(
                    "Asterisk at %(address)s refuses the login of “%(user)s”. "
                    "Check user name, secret and the permit lines in manager.conf."
                ),
                address=f"{account.host}:{account.port}",
                user=account.username,
            )

    def send(self, action: str, headers: Iterable[tuple[str, str]] = (), action_id: str = "") -> str:
        """Sends an action and returns its ActionID: the one given, else a new one.

        Raises:
            ValueError: a header holds a line break; nothing was sent.
            AmiLostError: the connection broke; it may have been sent.
        """
        action_id = action_id or f"tsunagu-{next(self._ids)}"
        data = encode((("Action", action), ("ActionID", action_id), *headers))
        try:
            self._socket.settimeout(RESPONSE_SECONDS)
            self._socket.sendall(data)
        except OSError as error:
            raise _broke(error) from error
        return action_id

    def read(self, wait: float) -> list[Message]:
        """The messages which came; [] after `wait` seconds of silence, which is normal between calls.

        Raises:
            AmiLostError: closed by the peer, broken, or no answer to Pings.
        """
        if self._pending:
            messages, self._pending = self._pending, []
            return messages
        self._keep_alive()
        return self._decoder.feed(self._receive(wait))

    def request(self, action: str, headers: Iterable[tuple[str, str]] = (), action_id: str = "") -> Message:
        """Sends an action and waits for its response; other messages are kept for `read`."""
        action_id = self.send(action, headers, action_id)
        return self.wait_for(lambda m: m.get("ActionID") == action_id and bool(m.get("Response")), RESPONSE_SECONDS)

    def wait_for(self, wanted: Callable[[Message], bool], seconds: float) -> Message:
        """The first message that is `wanted`; other messages are kept for `read`.

        Raises:
            AmiLostError: the connection broke, or nothing of the kind came in time.
        """
        deadline, others = time.monotonic() + seconds, self._pending
        self._pending = []
        while (left := deadline - time.monotonic()) > 0:
            messages = others or self._decoder.feed(self._receive(left))
            others = []
            for position, message in enumerate(messages):
                if wanted(message):
                    self._pending += messages[position + 1 :]
                    return message
                self._pending.append(message)
        raise AmiLostError(N_("Asterisk did not answer in time. Is this the port of its Manager Interface?"))

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _receive(self, wait: float) -> bytes:
        self._socket.settimeout(max(wait, 0.001))
        try:
            data = self._socket.recv(65_536)
        except TimeoutError:
            return b""
        except OSError as error:
            raise _broke(error) from error
        if not data:
            raise AmiLostError(N_("Asterisk closed the connection."))
        self._heard_at = time.monotonic()
        return data

    def _keep_alive(self) -> None:
        now = time.monotonic()
        if now - self._heard_at > DEAD_AFTER:
            raise AmiLostError(N_("Asterisk has not answered for %(seconds)s s."), seconds=round(DEAD_AFTER))
        if now - max(self._heard_at, self._pinged_at) > PING_AFTER:
            self._pinged_at = now
            self.send("Ping")


def _broke(error: OSError) -> AmiLostError:
    return AmiLostError(N_("The connection to Asterisk broke (%(reason)s)."), reason=error)


def _connect(account: Account) -> socket.socket:
    address = f"{account.host}:{account.port}"
    try:
        plain = socket.create_connection((account.host, account.port), timeout=CONNECT_SECONDS)
    except OSError as error:
        raise AmiUnreachableError(
            N_("Asterisk at %(address)s cannot be reached (%(reason)s)."), address=address, reason=error
        ) from error
    if not account.tls:
        return plain
    try:
        return ssl.create_default_context(cafile=account.ca_file).wrap_socket(plain, server_hostname=account.host)
    except OSError as error:
        plain.close()
        raise AmiUnreachableError(
            N_("No TLS connection with Asterisk at %(address)s (%(reason)s)."), address=address, reason=error
        ) from error
