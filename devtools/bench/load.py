"""Sends prepared HTTP requests as fast as the server takes them, over a few lasting connections."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from devtools.installation.ports import HOST

CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it: seconds in all, and the seconds each request took."""

    seconds: float
    each: list[float]

    @property
    def per_second(self) -> float:
        return len(self.each) / self.seconds


class Refused(Exception):
    """The server answered a request with an error."""


def post(path: str, port: int, headers: dict[str, str], body: bytes) -> bytes:
    """The bytes of one request, made beforehand so that making them costs nothing while measuring."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {HOST}:{port}", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def fire(port: int, requests: Sequence[bytes]) -> Load:
    """Send them all.

    Raises:
        Refused: one was not answered with 2xx.
    """
    shares = [requests[start::CONNECTIONS] for start in range(CONNECTIONS)]
    started = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        times = [
            seconds for share in threads.map(lambda share: one_after_the_other(port, share), shares) for seconds in share
        ]
    return Load(time.perf_counter() - started, times)


def one_after_the_other(port: int, requests: Sequence[bytes]) -> list[float]:
    """Send them over one connection; the seconds each took.

    Raises:
        Refused: one was not answered with 2xx.
    """
    times = []
    connection = socket.create_connection((HOST, port), timeout=30)
    for request in requests:
        started = time.perf_counter()
        connection.sendall(request)
        closes = _answered(connection)
        times.append(time.perf_counter() - started)
        if closes:
            connection.close()
            connection = socket.create_connection((HOST, port), timeout=30)
    connection.close()
    return times


def _answered(connection: socket.socket) -> bool:
    """Read one answer; gives back whether the server closes the connection behind it."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _received(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    length = int(fields.get(b"content-length", b"0"))
    while len(body) < length:
        body += _received(connection)
    if head[9:10] != b"2":
        status = head.splitlines()[0].decode()
        raise Refused(f"{status}: {body.decode(errors='replace')[:300]}")
    return fields.get(b"connection") == b"close"


def _received(connection: socket.socket) -> bytes:
    data = connection.recv(65_536)
    if not data:
        raise Refused("The server closed the connection without an answer")
    return data
