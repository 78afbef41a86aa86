"""The edge to a plugin's CRM: every HTTP request it sends through `requests` is seen, answered or made to fail here."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from types import FrameType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

LOCAL = ("127.0.0.1", "localhost", "::1")


class Trouble(Enum):
    """What goes wrong at the CRM, or on the way to it."""

    REFUSED = "refused credentials (401)"
    FORBIDDEN = "a missing right (403)"
    LIMITED = "too many requests (429)"
    BROKEN = "a server that fails (503)"
    NONSENSE = "an answer that is no JSON"
    CUT = "a connection that breaks"
    SILENT = "a server that does not answer"
    LOST_REPLY = "a reply that is lost after the work was done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it would leave the machine."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def query(self) -> Mapping[str, str]:
        """What stands behind the question mark; of a name that comes twice the last."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the CRM answers: `json`, unless it is None, else `text`."""

    status: int = 200
    json: Any = None
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request that was sent, and the time-out that was given it."""

    request: Request
    timeout: Any


Answer = Callable[[Request], Reply | None]


@dataclass(slots=True)
class Wire:
    """Stands between the plugin and its CRM.

    Args:
        answer: the CRM's answer; None lets the request through, to this machine only.
        package: the plugin's, whose values are looked at for `secrets` while it sends.
    """

    answer: Answer
    package: str = ""
    secrets: Callable[[], tuple[str, ...]] = tuple
    sent: list[Sent] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    _trouble: tuple[Trouble, Reply, int] | None = None

    @contextmanager
    def tapped(self) -> Iterator[None]:
        """Until the block ends nothing is sent past this wire."""
        usual = HTTPAdapter.send

        def send(adapter: HTTPAdapter, request: requests.PreparedRequest, *given: Any, **named: Any) -> requests.Response:
            return self._send(lambda: usual(adapter, request, *given, **named), adapter, request, _timeout(given, named))

        HTTPAdapter.send = send  # type: ignore[method-assign,assignment]
        try:
            yield
        finally:
            HTTPAdapter.send = usual  # type: ignore[method-assign]

    @contextmanager
    def troubled(self, trouble: Trouble, reply: Reply, *, first: int = 0) -> Iterator[None]:
        """Until the block ends every request from this one on meets with trouble; of a lost reply, only this one."""
        self._trouble = (trouble, reply, len(self.sent) + first)
        try:
            yield
        finally:
            self._trouble = None

    def _send(
        self,
        onward: Callable[[], requests.Response],
        adapter: HTTPAdapter,
        prepared: requests.PreparedRequest,
        timeout: Any,
    ) -> requests.Response:
        request = _request(prepared)
        number = len(self.sent)
        self.sent.append(Sent(request=request, timeout=timeout))
        self._look_for_secrets()
        trouble = self._trouble[0] if self._trouble and number >= self._trouble[2] else None
        if trouble is Trouble.LOST_REPLY and self._trouble and number == self._trouble[2]:
            self._answered(onward, adapter, prepared, request)
        if trouble in (Trouble.CUT, Trouble.LOST_REPLY) and (trouble is Trouble.CUT or self._is_lost(number)):
            raise requests.exceptions.ConnectionError(f"Connection aborted: {request.url}")
        if trouble is Trouble.SILENT:
            raise requests.exceptions.ReadTimeout(f"Read timed out: {request.url}")
        if trouble and self._trouble and trouble is not Trouble.LOST_REPLY:
            return _response(adapter, prepared, self._trouble[1])
        return self._answered(onward, adapter, prepared, request)

    def _is_lost(self, number: int) -> bool:
        return self._trouble is not None and number == self._trouble[2]

    def _answered(
        self,
        onward: Callable[[], requests.Response],
        adapter: HTTPAdapter,
        prepared: requests.PreparedRequest,
        request: Request,
    ) -> requests.Response:
        reply = self.answer(request)
        if reply is not None:
            return _response(adapter, prepared, reply)
        if urlsplit(request.url).hostname not in LOCAL:
            raise requests.exceptions.ConnectionError("The scenario has no answer, and nothing is sent to other machines.")
        return onward()

    def _look_for_secrets(self) -> None:
        """Those in the plain text form of the plugin's own objects, as a traceback with its variables would show them."""
        frame: FrameType | None = sys._getframe()  # noqa: SLF001 - there is no other way up the stack
        secrets = [secret for secret in self.secrets() if secret]
        while frame is not None and secrets:
            if str(frame.f_globals.get("__name__", "")).startswith(self.package):
                for value in frame.f_locals.values():
                    self._look_at(value, secrets)
            frame = frame.f_back

    def _look_at(self, value: object, secrets: list[str]) -> None:
        kind = type(value)
        if kind.__module__.startswith((self.package, "host.plugin_api")) and any(
            secret in repr(value) for secret in secrets
        ):
            self.leaks.append(f"repr() of {kind.__qualname__} shows a secret.")


def _timeout(given: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    return named.get("timeout", given[1] if len(given) > 1 else None)


def _request(prepared: requests.PreparedRequest) -> Request:
    body = prepared.body or b""
    return Request(
        method=prepared.method or "",
        url=prepared.url or "",
        headers=dict(prepared.headers),
        body=body.encode() if isinstance(body, str) else bytes(body) if isinstance(body, (bytes, bytearray)) else b"",
    )


def _response(adapter: HTTPAdapter, prepared: requests.PreparedRequest, reply: Reply) -> requests.Response:
    text = reply.text if reply.json is None else json.dumps(reply.json)
    headers = {"Content-Type": "text/html" if reply.json is None else "application/json", **reply.headers}
    raw = HTTPResponse(io.BytesIO(text.encode()), headers=headers, status=reply.status, reason="", preload_content=False)
    response: requests.Response = adapter.build_response(prepared, raw)
    return response
