"""`tsunagu web`: gunicorn with threads in front of the web application."""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from typing import Any

import click

SWITCH_SECONDS = 0.0005
"""How long a thread computes before another may: the one that holds SQLite's write lock must not wait 5 ms for its turn."""

OPEN_FILES = 4096


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes.")
@click.option("--threads", type=click.IntRange(1, 256), default=8, show_default=True, help="Threads of each process.")
def command(host: str, port: int, workers: int, threads: int) -> None:
    """Serve the pages and the REST API."""
    from host.config import read_config

    config = read_config()
    _check_database()
    with tempfile.TemporaryDirectory(prefix="tsunagu-metrics-") as folder:
        # read by prometheus-client when it is imported: figures of all processes come together here
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", folder)
        _serve(config, bind=f"[{host}]:{port}" if ":" in host else f"{host}:{port}", workers=workers, threads=threads)


def _check_database() -> None:
    from host.commands.common import services
    from host.storage.currency import branches_behind

    site = services()
    behind = branches_behind(site.database, [plugin.manifest for plugin in site.registry.loaded if not plugin.is_foreign])
    site.database.engine.dispose()
    if behind:
        raise click.ClickException(f"The tables of {', '.join(behind)} are not up to date. Run: tsunagu db upgrade")


def _serve(config: Any, **settings: Any) -> None:
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in {**_SETTINGS, **settings}.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return _application(config)

    Server().run()


def _application(config: Any) -> Any:
    """Made in each process after the fork: database connections cannot be shared."""
    from host.app import create_app
    from host.web.logs import configure

    configure()
    _raise_open_files()
    sys.setswitchinterval(SWITCH_SECONDS)
    return create_app(config)


def _raise_open_files() -> None:
    """Each open agents' page holds one; the usual limit of 1024 is a relic."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _child_exit(_server: Any, worker: Any) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


_SETTINGS = {
    "worker_class": "gthread",
    "control_socket_disable": True,
    "accesslog": None,
    "errorlog": "-",
    "graceful_timeout": 20,
    "keepalive": 5,
    "child_exit": _child_exit,
    "proc_name": "tsunagu web",
}
