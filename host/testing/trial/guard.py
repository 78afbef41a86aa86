"""Watches what a child does outside itself: connections, look-ups of names, processes. Nothing leaves the machine."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any

LOCAL = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104 - an address to compare with
_PROCESSES = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "pty.spawn")


@dataclass(slots=True)
class Guard:
    """What was seen since `clear`; it cannot be taken away again, so it is for a process of its own."""

    connections: list[str] = field(default_factory=list)
    processes: list[str] = field(default_factory=list)

    def stand(self) -> None:
        """Begin to watch, and refuse connections to other machines as a network without a way out would."""
        sys.addaudithook(self._seen)

    def clear(self) -> None:
        self.connections.clear()
        self.processes.clear()

    def _seen(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            self._connecting(arguments[1])
        elif event == "socket.getaddrinfo":
            self._connecting(arguments[:2])
        elif event in _PROCESSES:
            self.processes.append(str(arguments[0] if arguments else event))

    def _connecting(self, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else address  # a text is a socket in the file system
        where = host.decode(errors="replace") if isinstance(host, bytes) else str(host)
        self.connections.append(where)
        if isinstance(address, tuple) and not where.startswith(LOCAL):
            raise ConnectionRefusedError(f"no way to {where} from a trial")
