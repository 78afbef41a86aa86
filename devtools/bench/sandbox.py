"""How fast the sandbox org answers about a phone number when it has very many Contacts, over HTTP."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import requests

from devtools.bench.figure import Figure, counted, measured, percentile
from devtools.bench.scratch import Scratch
from salesforce_sandbox.seed.crowd import add_crowd, phone_of, stored_phone_of
from salesforce_sandbox.server import RunningSandbox, start

FEW, MANY = 10_000, 1_000_000
BAR = 25.0
ROUNDS = 50
SECONDS = 60
INDEXES = ("digits", "tokens")
LOGIN = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:u="urn:partner.soap.sforce.com">'
    "<soapenv:Body><u:login><u:username>{username}</u:username><u:password>{password}{security_token}</u:password>"
    "</u:login></soapenv:Body></soapenv:Envelope>"
)
Ask = Callable[[requests.Session, str, int], int]


def measure(_: Scratch, size: float) -> Iterator[Figure]:
    """The same questions at 10,000 × size and 1,000,000 × size Contacts, and how many are loaded a second."""
    few, many = max(100, int(FEW * size)), max(1_000, int(MANY * size))
    baseline, _loading = _timed(few)
    medians, seconds = _timed(many)
    yield measured(f"sandbox: {many:,} contacts loaded", many / seconds, "contacts/s")
    for name, median in medians.items():
        yield counted(f"sandbox, {name}", median, "ms", baseline=baseline[name], at_most=BAR)


def _timed(count: int) -> tuple[dict[str, float], float]:
    running = start("demo")
    try:
        began = time.perf_counter()
        with running.org.database.lock:
            add_crowd(running.org, count)
        seconds = time.perf_counter() - began
        return _medians(running, count), seconds
    finally:
        running.stop()


def _medians(running: RunningSandbox, count: int) -> dict[str, float]:
    medians: dict[str, float] = {}
    with _session(running.http_url) as session:
        for name, ask in (("Phone =", _equality), ("Phone IN", _list)):
            medians[f"SOQL {name}"] = _median(session, running, ask, count)
        for index in INDEXES:
            running.org.change_settings({"search_mode": index})
            medians[f"SOSL by {index}"] = _median(session, running, _search, count)
    return medians


def _session(url: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    who = session.get(f"{url}/__sandbox__/credentials", timeout=SECONDS).json()
    headers = {"SOAPAction": "login", "Content-Type": "text/xml"}
    reply = session.post(f"{url}/services/Soap/u/51.0", LOGIN.format(**who), headers=headers, timeout=SECONDS)
    token = re.search("<sessionId>(.*?)</sessionId>", reply.text)
    if token is None:
        raise RuntimeError(f"The org did not let us in: {reply.text[:500]}")
    session.headers["Authorization"] = f"Bearer {token[1]}"
    return session


def _median(session: requests.Session, running: RunningSandbox, ask: Ask, count: int) -> float:
    taken: list[float] = []
    for turn in range(ROUNDS):
        number = turn * count // ROUNDS
        began = time.perf_counter()
        found = ask(session, running.http_url + "/services/data/v51.0", number)
        taken.append((time.perf_counter() - began) * 1000)
        if found < 1:
            raise RuntimeError(f"The org does not find {phone_of(number)}")
    return percentile(taken, 0.5)


def _equality(session: requests.Session, url: str, number: int) -> int:
    return _query(session, url, f"SELECT Id, Name FROM Contact WHERE MobilePhone = '{stored_phone_of(number)}'")


def _list(session: requests.Session, url: str, number: int) -> int:
    listed = f"('{phone_of(number)}', '{stored_phone_of(number)}')"
    where = f"MobilePhone IN {listed} OR Phone IN {listed} OR HomePhone IN {listed}"
    return _query(session, url, f"SELECT Id, Name FROM Contact WHERE {where} ORDER BY LastModifiedDate DESC LIMIT 10")


def _query(session: requests.Session, url: str, text: str) -> int:
    return len(session.get(f"{url}/query", params={"q": text}, timeout=SECONDS).json()["records"])


def _search(session: requests.Session, url: str, number: int) -> int:
    """Look for the digits and for their pieces in a row, at home and abroad, as a caller that knows no index does."""
    digits = phone_of(number)
    pieces = f"{digits[3:7]} {digits[7:]}"
    terms = f'{digits} OR 81{digits[1:]} OR "090 {pieces}" OR "81 90 {pieces}"'
    text = f"FIND {{{terms}}} IN PHONE FIELDS RETURNING Contact(Id, Name ORDER BY LastModifiedDate DESC), Account(Id)"
    return len(session.get(f"{url}/search", params={"q": text}, timeout=SECONDS).json()["searchRecords"])
