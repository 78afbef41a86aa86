"""The Salesforce plugin at work for the conformance kit: against the sandbox org, which is emptied each time."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import requests

from host.testing import CALLER, Known, Lab, Reply, Scenario, Trouble
from plugins.salesforce import connecting
from plugins.salesforce.auth.methods import auth_method
from plugins.salesforce.connection import read_tokens
from plugins.salesforce.domain.activity.settings import ActivitySettings
from plugins.salesforce.usage import write_all
from salesforce_sandbox.seed.org import seed
from salesforce_sandbox.server import RunningSandbox, start

METHOD = "client_credentials"
ACTIVITY = ActivitySettings(enabled=True, subject="Call", comment="{MEMO}\n{SPEECH_RECOGNITION_SUMMARY}")
SAYS = {
    Trouble.REFUSED: (401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]),
    Trouble.FORBIDDEN: (403, [{"message": "insufficient access rights", "errorCode": "INSUFFICIENT_ACCESS"}]),
    Trouble.LIMITED: (403, [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]),
}


@lru_cache(maxsize=1)
def org() -> RunningSandbox:
    """One org for all tests of a process."""
    running = start("empty")
    atexit.register(running.stop)
    return running


class SalesforceScenario(Scenario):
    """Someone with a contact in the org calls."""

    known = Known(company="Acme", person="Example Ann")
    writes = True
    waits = 0.0

    def __init__(self) -> None:
        self._tokens: tuple[str, ...] = ()

    @contextmanager
    def running(self) -> Iterator[None]:
        running = org()
        with running.org.database.lock:
            running.org.clear()
            seed(running.org, "empty")
        known = self._control("credentials")
        self._control("app", {"client_credentials": True, "run_as": known["username"]})
        (account,) = self._record("Account", Name="Acme")
        self._record("Contact", FirstName="Ann", LastName="Example", AccountId=account, MobilePhone=CALLER)
        variables = {
            "LOGIN_URL": running.https_url,
            "CA_FILE": str(running.ca_file),
            "CLIENT_ID": known["client_id"],
            "CLIENT_SECRET": known["client_secret"],
        }
        before = dict(os.environ)
        os.environ.update({f"TSUNAGU_SALESFORCE_{name}": value for name, value in variables.items()})
        self._tokens = (known["client_secret"], known["password"], known["security_token"])
        try:
            yield
        finally:
            write_all()
            os.environ.clear()
            os.environ.update(before)

    def connect(self, lab: Lab) -> None:
        begun = connecting.begin(lab.context, auth_method(METHOD), {}, "admin@example.com")
        assert isinstance(begun, connecting.Connected)
        lab.context.settings.write({"activity": ACTIVITY.to_json()})
        self._tokens += (read_tokens(lab.context).access_token,)

    def records(self) -> Sequence[str]:
        rows = org().org.database.rows("SELECT Description FROM Task WHERE NOT IsDeleted", ())
        return [str(description or "") for (description,) in rows]

    def secrets(self) -> tuple[str, ...]:
        return self._tokens

    def refusal(self, trouble: Trouble) -> Reply:
        if trouble not in SAYS:
            return super().refusal(trouble)
        status, body = SAYS[trouble]
        return Reply(status=status, json=body)

    def _record(self, kind: str, **fields: str) -> Any:
        return self._control("records", {"object": kind, "fields": fields})["ids"]

    def _control(self, what: str, body: Any = None) -> Any:
        address = f"{org().http_url}/__sandbox__/{what}"
        answer = requests.get(address, timeout=10) if body is None else requests.post(address, json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()
