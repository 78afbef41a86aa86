"""B14: what a trial sees: what was left behind, who was connected to, how an auth method answers."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping

import pytest
import requests

from host.plugin_api import AuthMethod, AuthSite, CredentialField, Grant, NeedsConfiguration, SignIn
from host.testing.trial.guard import Guard
from host.testing.trial.signing_in import _fault
from host.testing.trial.traces import left_behind, taken

SITE = AuthSite(callback_url="https://site.example/callback", settings={}, http=requests.Session())


def test_a_process_that_was_left_alone_shows_no_trace() -> None:
    before = taken()
    json.dumps({"a": 1})
    assert left_behind(before, taken()) == []


def test_a_replaced_function_a_variable_and_a_thread_show(monkeypatch: pytest.MonkeyPatch) -> None:
    before, go_on = taken(), threading.Event()
    monkeypatch.setattr(requests.Session, "send", lambda *_: None)
    monkeypatch.setattr(json, "dumps", lambda _: "")
    monkeypatch.setitem(os.environ, "LEFT", "1")
    thread = threading.Thread(target=go_on.wait, name="left", daemon=True)
    thread.start()
    try:
        left = left_behind(before, taken())
    finally:
        go_on.set()
        thread.join()
    assert set(left) == {
        "Changed: json.dumps.",
        "Changed: requests.sessions.Session.send.",
        "Changed: the environment.",
        "Changed: the threads of the process.",
        "A thread is still running: left.",
    }


@pytest.mark.parametrize(
    ("event", "arguments", "refused"),
    [
        ("socket.connect", (None, ("127.0.0.1", 80)), False),
        ("socket.connect", (None, "/tmp/socket"), False),
        ("socket.connect", (None, ("192.0.2.1", 80)), True),
        ("socket.getaddrinfo", ("localhost", 80), False),
        ("socket.getaddrinfo", ("crm.example.com", 443), True),
        ("socket.getaddrinfo", (b"crm.example.com", 443), True),
    ],
)
def test_nothing_leaves_the_machine(event: str, arguments: tuple[object, ...], refused: bool) -> None:
    guard = Guard()
    if refused:
        with pytest.raises(ConnectionRefusedError):
            guard._seen(event, arguments)
    else:
        guard._seen(event, arguments)
    assert len(guard.connections) == 1
    guard.clear()
    assert (guard.connections, guard.processes) == ([], [])


def test_a_process_that_is_started_is_noted() -> None:
    guard = Guard()
    guard._seen("subprocess.Popen", ("/bin/true", ["true"], None, None))
    guard._seen("open", ("file", "r", 0))
    assert guard.processes == ["/bin/true"]


class Method(AuthMethod):
    """Gives back, or raises, what the test says."""

    name = "key"
    title = "Key"
    features = frozenset()
    credentials = (CredentialField(name="key", label="Key", secret=True),)

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def begin(self, site: AuthSite, credentials: Mapping[str, str]) -> Grant:
        assert credentials == {"key": ""}
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[return-value]

    def renew(self, site: AuthSite, kept: Mapping[str, str]) -> Grant:
        raise NotImplementedError

    def revoke(self, site: AuthSite, kept: Mapping[str, str], access_token: str) -> None:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (NeedsConfiguration("Type in the key."), ""),
        (SignIn(url="https://crm.example.com/?state=abc", state="abc"), ""),
        (NeedsConfiguration(" "), "says nothing"),
        (KeyError("key"), "fails with KeyError"),
        (SignIn(url="https://crm.example.com/", state="abc"), "without its state"),
        (Grant(access_token="x"), "though nothing was typed in"),
        (None, "gives back NoneType"),
    ],
)
def test_how_an_auth_method_answers_when_nothing_is_typed_in(answer: object, word: str) -> None:
    fault = _fault(Method(answer), SITE)
    assert word in fault
    assert bool(fault) == bool(word)
