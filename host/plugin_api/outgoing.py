"""HTTP to a plugin's CRM: time-outs, certificates, one pool of connections per process.

requests sets no time-out, and a session is not safe to share between threads, so every hook call gets a session of its own;
they share the adapter, whose pool is safe.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
POOL_SIZE = 32


class _Adapter(HTTPAdapter):
    """Time-outs where the caller gives none, and our certificates also where REQUESTS_CA_BUNDLE is set."""

    def __init__(self, ca_file: str) -> None:
        self._ca_file = ca_file
        super().__init__(pool_connections=POOL_SIZE, pool_maxsize=POOL_SIZE)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        chosen = timeout or (CONNECT_SECONDS, READ_SECONDS)
        return super().send(request, stream, chosen, self._ca_file or verify, cert, proxies)


class _NoNetrc(AuthBase):
    """Keeps requests from replacing our Authorization header by what a .netrc file says."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


@lru_cache(maxsize=8)
def _adapter(ca_file: str) -> _Adapter:
    return _Adapter(ca_file)


def http_session(ca_file: str = "") -> requests.Session:
    """A session for one hook call or page; it need not be closed.

    `ca_file`: certificates to trust in place of the usual ones. A request that gives no time-out has 5 s to connect and
    20 s for each part of the answer. No .netrc file is read.
    """
    session = requests.Session()
    session.auth = _NoNetrc()
    session.mount("https://", _adapter(ca_file))
    session.mount("http://", _adapter(ca_file))
    return session
