"""Calls to one org's REST API: counted, with renewals of a refused token and a repetition after each.

Built on simple-salesforce, always from a token and an instance URL, and always through `restful`: its object calls
(`sf.Task.create`) repeat a lasting 401 until the stack is full.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from host.plugin_api import LimitReached, NeedsReauthorisation, PluginError
from host.plugin_api.outgoing import http_session
from plugins.salesforce.budget import Budget
from plugins.salesforce.connection import LiveConnection
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.environment import read_environment
from plugins.salesforce.errors import NoApiAccess, translated
from plugins.salesforce.wording import N_

RENEWALS = 2
"""A renewal that succeeds shows that the connection stands: a session may end twice in a row, among many at work."""
REFUSED_ANEW = N_("Salesforce refuses even a renewed connection. An admin must connect again.")


class Client:
    """One hook call's or page's way into the org.

    `api_calls` is what it has spent so far, by Salesforce's counting; `org_calls` what the whole org has used and may use in
    24 hours by the last reply, None where it did not say.
    """

    def __init__(self, connection: LiveConnection, purpose: Purpose) -> None:
        self.connection = connection
        self.budget = Budget(connection.context, connection.info.org_id, purpose)
        self.api_calls = 0
        self.org_calls: tuple[int, int] | None = None
        self._http = http_session(read_environment().ca_file)

    @property
    def instance_url(self) -> str:
        return self.connection.info.instance_url

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The JSON under /services/data/vXX.0/<path>.

        Raises:
            LimitReached: it has to wait, because the org's API calls get scarce (B4); nothing was sent.
            PluginError: one of the host's errors, with a sentence for people.
        """
        return self._call(lambda org: org.restful(path, params=dict(params or {})))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """As `get`, sending JSON. It is sent once more only where Salesforce refused it at the door, and did nothing."""
        return self._call(lambda org: org.restful(path, method="POST", json=body))

    def _call(self, request: Callable[[Salesforce], Any]) -> Any:
        token = self.connection.access_token()
        self.budget.admit()
        for _ in range(RENEWALS):
            try:
                return self._once(request, token)
            except NeedsReauthorisation:
                token = self.connection.renewed(token)
        try:
            return self._once(request, token)
        except NeedsReauthorisation:
            self.connection.lose(token, REFUSED_ANEW)
            raise NeedsReauthorisation(REFUSED_ANEW) from None

    def _once(self, request: Callable[[Salesforce], Any], token: str) -> Any:
        info = self.connection.info
        org = Salesforce(session_id=token, instance_url=info.instance_url, version=info.api_version, session=self._http)
        try:
            reply = request(org)
        except (SalesforceError, requests.exceptions.RequestException) as problem:
            error = translated(problem)
        else:
            self.api_calls += 1
            counts = org.api_usage.get("api-usage")
            self.org_calls = (counts[0], counts[1]) if counts else self.org_calls
            self.budget.answered(counts)
            return reply
        self._failed(error)
        raise error

    def _failed(self, error: PluginError) -> None:
        """Salesforce counts no call that it refuses at the door."""
        if isinstance(error, LimitReached):
            self.budget.refused()
        elif not isinstance(error, NeedsReauthorisation | NoApiAccess):
            self.api_calls += 1
            self.budget.failed()
