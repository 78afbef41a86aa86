"""Which ports the demo listens on."""

from __future__ import annotations

import socket

HOST = "127.0.0.1"


class PortTaken(Exception):
    """Another program listens there; the message says what to do."""


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def is_open(port: int) -> bool:
    """Whether somebody answers there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


def first_free(preferred: int, taken: set[int]) -> int:
    """The preferred port, or the next above it that is free."""
    return next(port for port in range(preferred, 65536) if port not in taken and is_free(port))


def require_free(port: int, otherwise: str) -> None:
    """Make sure that we may listen there; `otherwise` ends the sentence that says what to do.

    Raises:
        PortTaken: somebody listens on that port.
    """
    if not is_free(port):
        raise PortTaken(f"Port {port} is used by another program. End that program, {otherwise}")
