"""A threaded HTTP server that keeps connections open, as Salesforce does.

Werkzeug's own handler closes after each request; with TLS a handshake for every call would cost more than the call.
"""

from __future__ import annotations

import io
import socket
import ssl
import threading
from contextlib import suppress
from typing import Any

from flask import Flask
from werkzeug.serving import DechunkedInput, ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app

_SOCKET_SECONDS = 60
_MOST_BODY = 50 * 1024 * 1024
_WITHOUT_BODY = frozenset({"204", "304"})


class _TooLargeError(Exception):
    """The request's body is not worth reading."""


class Handler(WSGIRequestHandler):
    """Reads each request whole and writes its reply in one piece, then waits for the next.

    Logs nothing (URLs hold phone numbers) and gives up on a client that is silent for a minute.
    """

    protocol_version = "HTTP/1.1"
    timeout = _SOCKET_SECONDS
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the parent's name
        del type, message, args

    def run_wsgi(self) -> None:
        environ = self.make_environ()
        try:
            body = self._body(environ)
        except _TooLargeError:
            self._refuse("413 Content Too Large")
            return
        except (ValueError, OSError):
            self._refuse("400 Bad Request")
            return
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "wsgi.input_terminated": True}
        chunks, status, headers = run_wsgi_app(self.server.app, environ, buffered=True)
        self._write(status, list(headers), b"".join(chunks))

    def _refuse(self, status: str) -> None:
        """Answer without the body having been read, which ends the connection."""
        self.close_connection = True
        self._write(status, [("Content-Length", "0")], b"")

    def _body(self, environ: dict[str, Any]) -> bytes:
        source = environ["wsgi.input"]
        if isinstance(source, DechunkedInput):
            body = source.read(_MOST_BODY + 1) or b""
            if len(body) > _MOST_BODY:
                raise _TooLargeError
            return bytes(body)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length < 0:
            raise ValueError(length)
        if length > _MOST_BODY:
            raise _TooLargeError
        return bytes(source.read(length))

    def _write(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            if not (code in _WITHOUT_BODY and name.lower() == "content-length"):
                self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        # One write: the head waits in http.server's buffer until end_headers flushes it with the body behind it.
        self._headers_buffer.append(b"\r\n")
        if self.command != "HEAD" and code not in _WITHOUT_BODY:
            self._headers_buffer.append(body)
        self.flush_headers()


class SandboxServer(ThreadedWSGIServer):
    """Knows its open connections, so that stopping really ends them."""

    def __init__(self, app: Flask, port: int, context: ssl.SSLContext | None) -> None:
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__("127.0.0.1", port, app, Handler, ssl_context=context)
        if context is not None:
            # The handshake belongs to the connection's thread: in accept() one silent client would stop everybody.
            self.socket.do_handshake_on_connect = False  # type: ignore[attr-defined]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def stop(self) -> None:
        """Stop serving and cut what is still open."""
        self.shutdown()
        self.server_close()
        with self._open_lock:
            left = list(self._open)
        for connection in left:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
