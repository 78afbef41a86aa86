"""What the demo remembers between two starts: its keys, passwords and the ports of its Salesforce org."""

from __future__ import annotations

import fcntl
import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from devtools.installation.ports import first_free


class AlreadyRunning(Exception):
    """Another demo uses the same folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """One demo's lasting facts. The passwords open a demo only and are printed when it starts."""

    folder: Path
    secret_key: str
    encryption_key: str
    password: str
    event_secret: str
    org_port: int
    org_tls_port: int


def open_demo(folder: Path, *, fresh: bool, web_port: int) -> Demo:
    """The demo kept in this folder; a new one if there is none, or if a fresh start is asked for."""
    if fresh:
        for path in folder.iterdir():
            if path.name != "lock":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    file = folder / "demo.json"
    if file.exists():
        return Demo(folder=folder, **json.loads(file.read_text()))
    demo = _new(folder, web_port)
    file.touch(mode=0o600)
    facts = {name: value for name, value in asdict(demo).items() if name != "folder"}
    file.write_text(json.dumps(facts, indent=2))
    return demo


def _new(folder: Path, web_port: int) -> Demo:
    org_port = first_free(8010, {web_port})
    return Demo(
        folder=folder,
        secret_key=secrets.token_urlsafe(48),
        encryption_key=Fernet.generate_key().decode(),
        password="-".join(secrets.token_hex(2) for _ in range(3)),
        event_secret="",
        org_port=org_port,
        org_tls_port=first_free(8443, {web_port, org_port}),
    )


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder for this process.

    Raises:
        AlreadyRunning: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyRunning(f"A demo is already running with {folder}. End it with Ctrl-C there first.") from error
        yield
