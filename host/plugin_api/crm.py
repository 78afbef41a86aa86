"""The connection that the host keeps for a plugin whose manifest has an `auth_group`: made on the plugin's page (R33)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import requests

from host.plugin_api.auth import AuthFeature, AuthMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmAccount:
    """With whom a plugin is connected: by which method, as whom (for people), by which admin and since when."""

    method: str
    account: str
    connected_by: str
    connected_at: datetime


class Crm(Protocol):
    """The plugin's CRM through the connection that an admin made. Tokens are renewed and stored by the host."""

    def account(self) -> CrmAccount | None:
        """With whom the plugin is connected; None while it is not."""
        ...

    def method(self) -> AuthMethod:
        """The auth method in use.

        Raises:
            NeedsConfiguration: nobody has connected, or the method is not installed any more.
        """
        ...

    def declares(self, feature: AuthFeature) -> bool:
        """Whether there is a connection and its method declares the feature."""
        ...

    def request(
        self,
        verb: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        allowed: Collection[int] = (),
    ) -> requests.Response:
        """Ask the CRM, signed, with time-outs; counted in `context.budget`. A refused token is renewed once.

        Args:
            url: the whole address.
            allowed: statuses of 400 and above that are given back instead of raised, such as 404.

        Raises:
            NeedsConfiguration: nobody has connected, or the CRM forbids it (403).
            NeedsReauthorisation: the CRM refuses the connection (401); admins are told by banner and mail.
            LimitReached: too many requests (429), to be tried again after what the CRM named.
            RetryLater: the CRM cannot be reached, is too slow or ill (408, 425, 5xx).
            PermanentFailure: the CRM refuses this very request (any other 4xx).
        """
        ...

    def ask(
        self,
        verb: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """As `request`, and gives back what the reply's JSON holds; None if the reply is empty.

        Raises:
            RetryLater: also where the reply is no JSON, such as a page of a proxy.
        """
        ...
