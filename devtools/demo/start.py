"""Starts the demo, one part after the other, and connects it with its Salesforce org."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from devtools.demo.banner import step
from devtools.demo.state import Demo, open_demo
from devtools.installation.connect import connect
from devtools.installation.environment import SOURCE, Installation
from devtools.installation.parts import OrgAccess, start_bridge, start_org, start_telephone_system, start_web, start_worker
from devtools.installation.people import add_memo_items, add_people, source_secret, upgrade_database
from devtools.installation.ports import first_free, require_free
from devtools.installation.processes import Processes
from host.services import build_services

RECORDINGS = Path(__file__).resolve().parents[2] / "tests" / "data" / "ami"
PACE = ("--speed", "1.3", "--gap", "0.5", "--loop", "900")


@dataclass(frozen=True, slots=True, kw_only=True)
class Up:
    """A demo that runs. `calls` tells whether a telephone system is replayed."""

    url: str
    org_url: str
    password: str
    calls: bool


def start(processes: Processes, folder: Path, *, port: int, fresh: bool) -> Up:
    """Bring everything up.

    Raises:
        PortTaken, ProcessFailed, PageFailed: something did not work; what was started is ended by `processes`.
    """
    require_free(port, f"or choose another port: python3 dev.py run --port {port + 1}")
    demo = open_demo(folder, fresh=fresh, web_port=port)
    installation = _installation(demo, folder, port)
    step("Starting the Salesforce org")
    org = start_org(processes, installation)
    step("Preparing the database")
    installation = _prepared(installation, demo, org)
    step("Starting web server and worker")
    calls = RECORDINGS.is_dir()
    start_worker(processes, installation)
    if calls:
        start_telephone_system(processes, installation, RECORDINGS, *PACE)
    start_web(processes, installation, workers=1)
    step("Connecting with Salesforce")
    connect(installation, demo.password, org.username, org.password)
    if calls:
        step("Listening to the recorded telephone system")
        start_bridge(processes, installation)
    return Up(url=installation.url, org_url=installation.org_url, password=demo.password, calls=calls)


def _installation(demo: Demo, folder: Path, port: int) -> Installation:
    for org_port in (demo.org_port, demo.org_tls_port):
        require_free(org_port, "or begin anew on other ports: python3 dev.py run --fresh")
    return Installation(
        folder=folder,
        database_url=f"sqlite:///{folder / 'tsunagu.db'}",
        web_port=port,
        secret_key=demo.secret_key,
        encryption_key=demo.encryption_key,
        org_port=demo.org_port,
        org_tls_port=demo.org_tls_port,
        ami_port=first_free(port + 20, {port, demo.org_port, demo.org_tls_port}),
        ami_secret=demo.ami_secret,
    )


def _prepared(installation: Installation, demo: Demo, org: OrgAccess) -> Installation:
    """Tables, people and the telephone system's secret; gives back the installation with all its processes need."""
    services = build_services(installation.config())
    try:
        upgrade_database(services)
        add_people(services, demo.password)
        add_memo_items(services)
        secret = source_secret(services, f"asterisk:{SOURCE}")
    finally:
        services.database.engine.dispose()
    return replace(installation, event_secret=secret, client_id=org.client_id, client_secret=org.client_secret)
