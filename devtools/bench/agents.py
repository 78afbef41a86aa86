"""How long after its event a call stands on its agent's page, with many pages open, and what these cost other requests."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import insert, select

from devtools.bench.events import told_call
from devtools.bench.figure import Figure, counted, measured, percentile
from devtools.bench.installed import installed
from devtools.bench.load import fire, one_after_the_other
from devtools.bench.open_pages import OpenPage, OpenPages
from devtools.bench.scratch import Scratch
from devtools.installation.environment import SOURCE, Installation
from devtools.installation.parts import start_web
from devtools.installation.ports import HOST
from devtools.installation.processes import Processes
from host.app import create_app
from host.services import build_services
from host.storage.tables import users
from host.web.session import BEGAN, SERIAL

AGENTS = 50
PAGES_EACH = 4
CALLS = 300
CALLS_A_SECOND = 10
REQUESTS = 400
LONGEST = 300.0
"""Milliseconds from the telephone system's event to the page."""
SETTLING = 3.0


def measure(scratch: Scratch, size: float) -> Iterator[Figure]:
    """From the event to the page, and the call history beside all these open pages, on each database."""
    for kind in scratch.kinds:
        with Processes(scratch.folder / "log") as processes:
            installation = installed(scratch, kind)
            cookies = _agents(installation)
            start_web(processes, installation)
            before = _history(installation, cookies[0], size)
            pages = [OpenPage(installation.web_port, cookie) for cookie in cookies for _ in range(PAGES_EACH)]
            with OpenPages(pages) as opened:
                time.sleep(SETTLING)
                beside = _history(installation, cookies[0], size)
                delays = _ring(installation, opened, pages[::PAGES_EACH], int(CALLS * size))
        name = f"agents, {kind}: {AGENTS * PAGES_EACH} pages open"
        for share in (0.5, 0.99):
            value = percentile(delays, share)
            label = f"{name}, event to page, p{share * 100:.0f}"
            yield counted(label, value, "ms", baseline=LONGEST, at_most=LONGEST)
        for share in (0.5, 0.99):
            value, baseline = (1000 * percentile(times, share) for times in (beside, before))
            yield measured(f"{name}, call history, p{share * 100:.0f}", value, "ms", baseline=baseline)


def _agents(installation: Installation) -> list[str]:
    """The cookies of as many people who have logged in, each with a telephone: 2000, 2001 …"""
    services = build_services(installation.config())
    app = create_app(services=services)
    signer = cast("SecureCookieSessionInterface", app.session_interface).get_signing_serializer(app)
    assert signer is not None
    now = datetime.now(UTC)
    values = {"role": "agent", "password_hash": "", "active": True, "created_at": now, "session_key": "bench"}
    people = [
        {"email": f"agent{index}@example.com", "name": f"Agent {index}", "extension": str(2000 + index), **values}
        for index in range(AGENTS)
    ]
    with services.database.writing() as connection:
        connection.execute(insert(users), people)
        ids = (
            connection.execute(select(users.c.id).where(users.c.session_key == "bench").order_by(users.c.id)).scalars().all()
        )
    services.database.engine.dispose()
    kept = [{"_user_id": f"{one}:bench", BEGAN: int(now.timestamp()), SERIAL: secrets.token_urlsafe(24)} for one in ids]
    return [f"tsunagu_session={signer.dumps(session)}" for session in kept]


def _history(installation: Installation, cookie: str, size: float) -> list[float]:
    """The seconds that each of many requests for the call history takes."""
    lines = ("GET /calls HTTP/1.1", f"Host: {HOST}:{installation.web_port}", f"Cookie: {cookie}", "", "")
    request = "\r\n".join(lines).encode()
    count = max(8, int(REQUESTS * size))
    fire(installation.web_port, [request] * (count // 4))
    return fire(installation.web_port, [request] * count).each


def _ring(installation: Installation, opened: OpenPages, pages: list[OpenPage], count: int) -> list[float]:
    """Let telephones ring at an even pace, each when its call before is over; milliseconds from event to page."""
    told: list[tuple[OpenPage, str, float]] = []
    begin = time.perf_counter()
    for index in range(count):
        time.sleep(max(0.0, begin + index / CALLS_A_SECOND - time.perf_counter()))
        page = pages[index % AGENTS]
        if index >= AGENTS:
            _tell(installation, "call.ended", index - AGENTS)
        opened.wanted[page] = [_shown(index)]
        told.append((page, _shown(index), time.perf_counter()))
        _tell(installation, "call.ringing", index)
    time.sleep(SETTLING)
    missing = [number for page, number, _at in told if number not in page.shown]
    assert not missing, f"never shown: {len(missing)} of {count}"
    return [1000 * (page.shown[number] - at) for page, number, at in told]


def _tell(installation: Installation, kind: str, index: int) -> None:
    number, extension = _shown(index).replace("-", ""), str(2000 + index % AGENTS)
    source = f"asterisk:{SOURCE}"
    request = told_call(kind, number, extension, installation.event_secret, installation.web_port, source)
    one_after_the_other(installation.web_port, [request])


def _shown(index: int) -> str:
    return f"090-1000-{index:04}"
