"""A scratch installation to measure."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from cryptography.fernet import Fernet

from devtools.bench.scratch import Scratch
from devtools.installation.environment import SOURCE, Installation
from devtools.installation.people import add_people, source_secret, upgrade_database
from devtools.installation.ports import first_free
from host.services import build_services

PASSWORD = "measured in a scratch database"


def installed(scratch: Scratch, kind: str) -> Installation:
    """An empty installation with its people and its telephone system, on free ports; nothing is started yet."""
    ports: set[int] = set()
    for preferred in (8600, 8610, 8643):
        ports.add(first_free(preferred, ports))
    web, org, org_tls = sorted(ports)
    installation = Installation(
        folder=Path(tempfile.mkdtemp(dir=scratch.folder)),
        database_url=scratch.database_url(kind),
        web_port=web,
        secret_key="s" * 48,
        encryption_key=Fernet.generate_key().decode(),
        org_port=org,
        org_tls_port=org_tls,
    )
    services = build_services(installation.config())
    upgrade_database(services)
    add_people(services, PASSWORD)
    secret = source_secret(services, f"asterisk:{SOURCE}")
    services.database.engine.dispose()
    return replace(installation, event_secret=secret)
