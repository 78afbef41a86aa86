"""A browser's side of the stream of live updates, without a web server: what gunicorn would send goes into a socket pair."""

from __future__ import annotations

import socket
import time
from typing import Self

import pytest
from flask.testing import FlaskClient

LOOK = "event: look"
QUIET = 0.35
"""Seconds: longer than it takes until a listener is told."""


class Stream:
    """An open stream. Use as a context manager: leaving it hangs up."""

    def __init__(self, client: FlaskClient, path: str = "/events/calls") -> None:
        self._ours, theirs = socket.socketpair()
        overrides = {"gunicorn.socket": theirs, "SERVER_PROTOCOL": "HTTP/1.0"}
        self.answer = client.get(path, environ_overrides=overrides)
        assert self.answer.status_code == 200, self.answer.status
        body = self.answer.iter_encoded()
        assert next(body).startswith(b"retry:")
        with pytest.raises(BrokenPipeError):
            next(body)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ours.close()

    def heard(self, wanted: str = LOOK, seconds: float = 5.0) -> bool:
        """Wait until this was sent; what came with it counts as read."""
        deadline, text = time.monotonic() + seconds, ""
        while wanted not in text and (left := deadline - time.monotonic()) > 0:
            self._ours.settimeout(left)
            try:
                data = self._ours.recv(4096)
            except TimeoutError:
                break
            if not data:
                break
            text += data.decode()
        return wanted in text

    def is_quiet(self) -> bool:
        """Nothing more is said for a while."""
        return not self.heard(seconds=QUIET)

    def settle(self) -> None:
        """Wait until it has nothing more to say."""
        while self.heard(seconds=QUIET):
            pass

    def ends(self, seconds: float = 5.0) -> bool:
        """Whether the server hangs up."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._ours.settimeout(left)
            try:
                if not self._ours.recv(4096):
                    return True
            except TimeoutError:
                return False
        return False
