"""HTTP to a plugin's CRM: time-outs where nobody gives one, and no credentials from a .netrc file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0


class _Adapter(HTTPAdapter):
    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        return super().send(request, stream, timeout or (CONNECT_SECONDS, READ_SECONDS), verify, cert, proxies)


class _NoNetrc(AuthBase):
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


_ADAPTER = _Adapter(pool_connections=8, pool_maxsize=32)


def crm_session() -> requests.Session:
    """A session for one use; all of them share the pool of connections."""
    session = requests.Session()
    session.auth = _NoNetrc()
    session.mount("https://", _ADAPTER)
    session.mount("http://", _ADAPTER)
    return session
