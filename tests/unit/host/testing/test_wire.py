"""B14: what stands between a plugin and its CRM: it sees every request, answers it, or makes it fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from host.testing.wire import Reply, Request, Trouble, Wire

URL = "https://crm.example.com/people?phone=%2B81"
USUAL = requests.adapters.HTTPAdapter.send


def answer(request: Request) -> Reply | None:
    return Reply(json={"path": request.path, "query": dict(request.query)}) if "crm" in request.url else None


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire(answer)
    with wire.tapped():
        yield wire
    assert requests.adapters.HTTPAdapter.send is USUAL


def test_a_request_is_seen_with_its_time_out_and_answered(wire: Wire) -> None:
    reply = requests.post(URL, json={"a": 1}, timeout=(1, 2))
    assert reply.json() == {"path": "/people", "query": {"phone": "+81"}}
    (sent,) = wire.sent
    assert (sent.request.method, sent.request.json(), sent.timeout) == ("POST", {"a": 1}, (1, 2))


def test_a_request_without_time_out_shows(wire: Wire) -> None:
    requests.get(URL)
    assert wire.sent[0].timeout is None


def test_nothing_is_sent_to_other_machines(wire: Wire) -> None:
    with pytest.raises(requests.ConnectionError, match="nothing is sent"):
        requests.get("https://other.example.com/", timeout=1)


@pytest.mark.parametrize(
    ("trouble", "error"), [(Trouble.CUT, requests.ConnectionError), (Trouble.SILENT, requests.ReadTimeout)]
)
def test_a_connection_can_break_or_stay_silent(wire: Wire, trouble: Trouble, error: type[Exception]) -> None:
    with wire.troubled(trouble, Reply()), pytest.raises(error):
        requests.get(URL, timeout=1)
    assert requests.get(URL, timeout=1).ok


def test_a_refusal_is_what_the_crm_says(wire: Wire) -> None:
    with wire.troubled(Trouble.LIMITED, Reply(status=429, json={}, headers={"Retry-After": "90"})):
        reply = requests.get(URL, timeout=1)
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "90")


def test_a_reply_is_lost_after_the_work_was_done_and_only_that_one(wire: Wire) -> None:
    done: list[str] = []
    wire.answer = lambda request: done.append(request.path) or Reply(json={})  # type: ignore[func-returns-value]
    with wire.troubled(Trouble.LOST_REPLY, Reply(), first=1):
        assert requests.get(URL, timeout=1).ok
        with pytest.raises(requests.ConnectionError):
            requests.get(URL, timeout=1)
        assert requests.get(URL, timeout=1).ok
    assert len(done) == 3
