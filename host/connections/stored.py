"""A connection as it is kept: sealed among the plugin's secrets, under a name that no setting can have."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime

from host.plugin_api import CrmAccount, Grant, Secrets

NAME = "tsunagu:connection"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConnection:
    """A grant with who made it by which method."""

    account: CrmAccount
    grant: Grant = field(repr=False)


def read_connection(secrets: Secrets) -> StoredConnection | None:
    """The connection; None if there is none.

    Raises:
        NeedsConfiguration: the installation lacks the key it was sealed with.
    """
    sealed = secrets.get(NAME)
    if sealed is None:
        return None
    parts = json.loads(sealed)
    made_at = datetime.fromisoformat(parts["account"].pop("connected_at"))
    return StoredConnection(account=CrmAccount(connected_at=made_at, **parts["account"]), grant=Grant(**parts["grant"]))


def write_connection(secrets: Secrets, connection: StoredConnection | None) -> None:
    """Keep it in place of an earlier one; None forgets that."""
    if connection is None:
        secrets.put({NAME: None})
        return
    account = {**asdict(connection.account), "connected_at": connection.account.connected_at.isoformat()}
    grant = {
        "access_token": connection.grant.access_token,
        "account": connection.grant.account,
        "kept": dict(connection.grant.kept),
    }
    secrets.put({NAME: json.dumps({"account": account, "grant": grant})})
