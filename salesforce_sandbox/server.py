"""Starting and stopping the org: one process, plain HTTP and TLS at once."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from salesforce_sandbox.app import create_app
from salesforce_sandbox.certs import server_context
from salesforce_sandbox.http_server import SandboxServer
from salesforce_sandbox.org import Org
from salesforce_sandbox.seed.org import seed as fill

_DATABASE = "sandbox.sqlite3"


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A served org. ``https_url`` answers on the name localhost, ``ca_file`` proves it."""

    http_url: str
    https_url: str
    ca_file: Path
    org: Org
    _servers: tuple[SandboxServer, ...]
    _cleanup: contextlib.ExitStack

    def stop(self) -> None:
        """Stop serving and close the database."""
        for server in self._servers:
            server.stop()
        self._cleanup.close()


def start(seed: str = "demo", data_dir: Path | str | None = None, *, port: int = 0, tls_port: int = 0) -> RunningSandbox:
    """Serve an org on 127.0.0.1; port 0 lets the system choose.

    ``data_dir`` keeps data, tokens and certificates over a restart; a seed is only put into an org that has none.
    Raises OSError where a port is taken, ValueError for an unknown seed.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(data_dir) if data_dir else Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        org = Org(folder / _DATABASE if data_dir else None)
        stack.callback(org.database.close)
        if org.is_empty():
            fill(org, seed)
        context, ca_file = server_context(folder)
        app = create_app(org)
        servers = (SandboxServer(app, port, None), SandboxServer(app, tls_port, context))
        org.http_url = f"http://127.0.0.1:{servers[0].server_port}"
        org.https_url = f"https://localhost:{servers[1].server_port}"
        for server in servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return RunningSandbox(org.http_url, org.https_url, ca_file, org, servers, stack.pop_all())
