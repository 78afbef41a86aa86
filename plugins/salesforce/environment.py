"""What the environment says about Salesforce; it wins over what is set on the page."""

from __future__ import annotations

import os
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The plugin's `TSUNAGU_SALESFORCE_…` variables; an empty text is one that is not set.

    Args:
        login_url: a whole base URL to sign in at, for a local org: "https://localhost:8443".
        ca_file: a file with the certificates to trust instead of the usual ones.
        client_id, client_secret: the External Client App's consumer key and secret.
    """

    login_url: str = ""
    ca_file: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)


def read_environment() -> Environment:
    """Read now, so that nothing has to be started again in tests."""
    return Environment(
        login_url=os.environ.get("TSUNAGU_SALESFORCE_LOGIN_URL", "").rstrip("/"),
        ca_file=os.environ.get("TSUNAGU_SALESFORCE_CA_FILE", ""),
        client_id=os.environ.get("TSUNAGU_SALESFORCE_CLIENT_ID", ""),
        client_secret=os.environ.get("TSUNAGU_SALESFORCE_CLIENT_SECRET", ""),
    )
