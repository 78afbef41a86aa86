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
    """One demo's lasting facts. `password` opens this demo only and is printed when it starts."""

    secret_key: str
    encryption_key: str
    password: str
    ami_secret: str
    org_port: int
    org_tls_port: int


def open_demo(folder: Path, *, fresh: bool, web_port: int) -> Demo:
    """The demo kept in this folder; a new one if there is none, or if a fresh start is asked for."""
    if fresh:
        _empty(folder)
    file = folder / "demo.json"
    if file.exists():
        return Demo(**json.loads(file.read_text()))
    demo = _new(web_port)
    file.touch(mode=0o600)
    file.write_text(json.dumps(asdict(demo), indent=2))
    return demo


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()


def _new(web_port: int) -> Demo:
    org_port = first_free(web_port + 10, {web_port})
    return Demo(
        secret_key=secrets.token_urlsafe(48),
        encryption_key=Fernet.generate_key().decode(),
        password="-".join(secrets.token_hex(2) for _ in range(3)),
        ami_secret=secrets.token_urlsafe(24),
        org_port=org_port,
        org_tls_port=first_free(web_port + 11, {web_port, org_port}),
    )


LOCK = "lock"


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder for this process.

    Raises:
        AlreadyRunning: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyRunning(f"A demo is already running with {folder}. End it with Ctrl-C there first.") from error
        yield
