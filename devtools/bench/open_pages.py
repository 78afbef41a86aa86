"""Open agents' pages without browsers: each listens to its stream and fetches its cards whenever it is told to look."""

from __future__ import annotations

import http.client
import selectors
import socket
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from devtools.bench.load import Refused
from devtools.installation.ports import HOST

LOOK = b"event: look"
FETCHING = 16
"""Threads that fetch cards."""


class OpenPage:
    """One page of one agent; `shown` says when each telephone number first stood in it."""

    def __init__(self, port: int, cookie: str) -> None:
        self._port = port
        self._cookie = cookie
        self.shown: dict[str, float] = {}
        self.stream = self._listen()

    def fetch(self, wanted: Sequence[str]) -> None:
        """Ask for the cards, and note which of the wanted numbers they show."""
        connection = http.client.HTTPConnection(HOST, self._port, timeout=30)
        connection.request("GET", "/agent/cards", headers={"Cookie": self._cookie})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        if answer.status != 200:
            raise Refused(f"the cards: {answer.status}")
        now = time.perf_counter()
        for number in wanted:
            if number in body:
                self.shown.setdefault(number, now)

    def _listen(self) -> socket.socket:
        stream = socket.create_connection((HOST, self._port), timeout=30)
        lines = ("GET /events/calls HTTP/1.1", f"Host: {HOST}:{self._port}", f"Cookie: {self._cookie}", "", "")
        stream.sendall("\r\n".join(lines).encode())
        begin = stream.recv(4096)
        if b" 200 " not in begin[:16]:
            raise Refused(f"the stream: {begin[:60]!r}")
        return stream


class OpenPages:
    """All of them, followed in the background. `wanted` are the numbers to look for, by page."""

    def __init__(self, pages: Sequence[OpenPage]) -> None:
        self._pages = pages
        self.wanted: dict[OpenPage, list[str]] = {page: [] for page in pages}
        self._over = threading.Event()
        self._threads = ThreadPoolExecutor(FETCHING)
        self._follower = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Self:
        self._follower.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._follower.join()
        self._threads.shutdown()
        for page in self._pages:
            page.stream.close()

    def _follow(self) -> None:
        with selectors.DefaultSelector() as ready:
            for page in self._pages:
                ready.register(page.stream, selectors.EVENT_READ, page)
            while not self._over.is_set():
                for key, _events in ready.select(0.1):
                    page = key.data
                    if LOOK in page.stream.recv(65_536) and self.wanted[page]:
                        self._threads.submit(page.fetch, list(self.wanted[page]))
