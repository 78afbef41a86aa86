"""Messages between two processes: JSON, each behind its length in four bytes, over a pair of sockets."""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
from contextlib import suppress
from typing import Any

LONGEST = 16 * 1024 * 1024
"""Bytes; no event and no answer of a plugin is nearly so long."""
SEND_SECONDS = 10
"""How long the other side may leave unread what it is sent."""
_LENGTH = struct.Struct("!I")
_SECONDS = struct.Struct("ll")


class Gone(Exception):
    """The other side is not there any more, or does not speak as agreed."""


class TooLong(Exception):
    """The message is longer than `LONGEST`; nothing of it was sent."""


class Wire:
    """One end. Any thread may send, one receives."""

    def __init__(self, end: socket.socket) -> None:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _SECONDS.pack(SEND_SECONDS, 0))
        self._end = end
        self._sending = threading.Lock()

    def send(self, message: Any) -> None:
        """Raises `Gone` or `TooLong`."""
        body = json.dumps(message, separators=(",", ":")).encode()
        if len(body) > LONGEST:
            raise TooLong
        try:
            with self._sending:
                self._end.sendall(_LENGTH.pack(len(body)) + body)
        except OSError as error:
            raise Gone from error

    def receive(self, idle_seconds: float | None = None) -> Any:
        """The next message.

        Raises:
            TimeoutError: none began within `idle_seconds`.
            Gone: there will be none.
        """
        self._await(idle_seconds)
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        if length > LONGEST:
            raise Gone
        try:
            return json.loads(self._exactly(length))
        except ValueError as error:
            raise Gone from error

    def hang_up(self) -> None:
        """The other side sees that this one is gone; whoever waits here to receive is told the same."""
        with suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up and give back the socket; for whoever receives."""
        self.hang_up()
        self._end.close()

    def _await(self, seconds: float | None) -> None:
        asked = select.poll()
        try:
            asked.register(self._end, select.POLLIN)
            came = asked.poll(None if seconds is None else seconds * 1000)
        except (ValueError, OSError) as error:
            raise Gone from error
        if not came:
            raise TimeoutError

    def _exactly(self, length: int) -> bytes:
        parts, missing = [], length
        while missing:
            try:
                part = self._end.recv(missing)
            except OSError as error:
                raise Gone from error
            if not part:
                raise Gone
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)
