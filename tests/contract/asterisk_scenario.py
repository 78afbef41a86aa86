"""The Asterisk plugin at work for the conformance kit: a click that is dialled by a PBX which only knows how to say yes."""

from __future__ import annotations

import os
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from host.testing import Scenario, Trouble, Wire
from plugins.asterisk.frames import Decoder, Message

SECRET = "canary-secret-of-the-pbx"
YES = ("Response: Success", "Event: OriginateResponse\r\nResponse: Success\r\nReason: 4")
NO = ("Response: Error\r\nMessage: Authentication failed",)


class Pbx:
    """Answers AMI on a port of its own. `mood` is what goes wrong there, if anything."""

    def __init__(self) -> None:
        self.mood: Trouble | None = None
        pbx = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                if pbx.mood is Trouble.CUT:
                    return
                decoder = Decoder()
                self.request.sendall(b"Asterisk Call Manager/11.0.0\r\n")
                while data := self.request.recv(4096):
                    for action in decoder.feed(data):
                        self.request.sendall(pbx.answer(action))

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def answer(self, action: Message) -> bytes:
        said = NO if self.mood is Trouble.REFUSED else YES if action.get("Action") == "Originate" else YES[:1]
        return "".join(f"{line}\r\nActionID: {action.get('ActionID')}\r\n\r\n" for line in said).encode()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class AsteriskScenario(Scenario):
    """The plugin reads where its PBX is from the environment."""

    speaks_http = False

    @contextmanager
    def running(self) -> Iterator[None]:
        self.pbx = Pbx()
        before = dict(os.environ)
        named = {"HOST": "127.0.0.1", "PORT": str(self.pbx.server.server_address[1]), "SECRET": SECRET}
        os.environ.update({f"TSUNAGU_ASTERISK_{name}": value for name, value in named.items()})
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
            self.pbx.close()

    def secrets(self) -> tuple[str, ...]:
        return (SECRET,)

    def happens(self, trouble: Trouble) -> bool:
        return trouble in (Trouble.REFUSED, Trouble.CUT)

    @contextmanager
    def trouble(self, trouble: Trouble, wire: Wire, *, first: int = 0) -> Iterator[None]:
        self.pbx.mood = trouble
        try:
            yield
        finally:
            self.pbx.mood = None
