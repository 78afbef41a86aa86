"""The parts of an installation, each started and waited for."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from devtools.installation.environment import Installation
from devtools.installation.ports import is_open
from devtools.installation.processes import Processes, Running


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgAccess:
    """Who logs in at the sandbox org, and the keys of the app that Tsunagu is there."""

    username: str
    password: str
    security_token: str
    client_id: str
    client_secret: str


def start_org(processes: Processes, installation: Installation, seed: str = "demo") -> OrgAccess:
    """The sandbox org; a seed is only put into an org that has no data yet."""
    ports = ["--port", str(installation.org_port), "--tls-port", str(installation.org_tls_port)]
    arguments = ["sandbox", *ports, "--seed", seed, "--data-dir", str(installation.org_folder)]
    org = processes.start("Salesforce org", arguments, installation.environment())
    processes.wait_until(lambda: is_open(installation.org_port) and is_open(installation.org_tls_port), org)
    with urllib.request.urlopen(f"{installation.org_url}/__sandbox__/credentials", timeout=10) as reply:
        known = json.load(reply)
    return OrgAccess(**{name: known[name] for name in OrgAccess.__dataclass_fields__})


def start_web(processes: Processes, installation: Installation, workers: int = 2) -> Running:
    arguments = ["web", "--port", str(installation.web_port), "--workers", str(workers)]
    web = processes.start("web server", arguments, installation.environment())
    processes.wait_until(lambda: is_open(installation.web_port), web)
    return web


def start_worker(processes: Processes, installation: Installation, name: str = "worker") -> Running:
    return processes.start(name, ["worker"], installation.environment())


def start_telephone_system(processes: Processes, installation: Installation, recordings: Path, *options: str) -> None:
    """The replayed telephone system; it plays as soon as a bridge listens."""
    arguments = ["replay-ami", str(recordings), "--port", str(installation.ami_port), *options]
    processes.start("telephone system", arguments, installation.environment())


def start_bridge(processes: Processes, installation: Installation) -> None:
    """What listens to the telephone system, and keeps trying until it is there."""
    processes.start("bridge", ["bridge", "asterisk"], installation.environment())
