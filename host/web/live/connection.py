"""A browser's connection that was taken over from the web server, so that waiting for news holds no thread of it."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterator, Mapping
from typing import Any

SOCKET = "gunicorn.socket"
"""Where gunicorn puts the connection of a request."""


class TakenConnection:
    """Sends events to one browser. A browser that is gone, or does not read, is hung up on: it comes back by itself."""

    def __init__(self, taken: socket.socket, *, chunked: bool) -> None:
        self._socket = taken
        self._socket.setblocking(False)
        self._chunked = chunked

    def send(self, text: str) -> bool:
        """Whether all of it was handed to the network."""
        data = text.encode()
        framed = b"%x\r\n%s\r\n" % (len(data), data) if self._chunked else data
        try:
            return self._socket.send(framed) == len(framed)
        except OSError:
            return False

    def is_open(self) -> bool:
        """Whether the browser has not hung up, as far as is known here."""
        try:
            return self._socket.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def close(self) -> None:
        """End the answer and hang up."""
        try:
            if self._chunked:
                self._socket.send(b"0\r\n\r\n")
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the browser was faster
        self._socket.close()


def can_take_over(environ: Mapping[str, Any]) -> bool:
    """Whether the request came over a plain HTTP/1 connection that its server lets us have."""
    return type(environ.get(SOCKET)) is socket.socket and environ["SERVER_PROTOCOL"] in ("HTTP/1.0", "HTTP/1.1")


def taking_over(environ: Mapping[str, Any], first: str, then: Callable[[TakenConnection], None]) -> Iterator[str]:
    """The body of an answer: `first` is sent by the server, then the connection is ours and `then` is given it.

    The server is told that the browser has gone, upon which it forgets the connection without a word.
    """
    yield first
    taken = socket.socket(fileno=environ[SOCKET].detach())
    then(TakenConnection(taken, chunked=environ["SERVER_PROTOCOL"] == "HTTP/1.1"))
    raise BrokenPipeError(errno.EPIPE, "the connection was taken over for live updates")
