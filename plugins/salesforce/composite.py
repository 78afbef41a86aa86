"""Several questions in one request: Salesforce counts `/composite` as one API call (at most 5 queries, 25 parts)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from plugins.salesforce.client import Client
from plugins.salesforce.errors import SchemaOutdated, refusal_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One part of a composite request; `path` is relative to the API version's root."""

    path: str
    method: str = "GET"
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_json(self, name: str, root: str) -> dict[str, Any]:
        asked: dict[str, Any] = {"method": self.method, "referenceId": name, "url": f"{root}/{self.path}"}
        if self.body is not None:
            asked["body"] = dict(self.body)
        return {**asked, "httpHeaders": dict(self.headers)} if self.headers else asked


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositePart:
    """The answer to one part of a composite request."""

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        return self.status == 200

    @property
    def is_outdated(self) -> bool:
        """Whether it asked for a field or object that is not visible any more."""
        return not self.ok and isinstance(refusal_of(self.status, self.body), SchemaOutdated)

    def checked(self) -> Any:
        """The body, or the error it is."""
        if not self.ok:
            raise refusal_of(self.status, self.body)
        return self.body


def composite(client: Client, paths: Mapping[str, str]) -> dict[str, CompositePart]:
    """Get all these paths in one API call; Salesforce counts a composite request as one."""
    return compose(client, {name: Asked(path=path) for name, path in paths.items()})


def compose(client: Client, parts: Mapping[str, Asked]) -> dict[str, CompositePart]:
    """Send these parts in one API call, in this order; one that fails stops no other.

    A path may name what an earlier part answered: `@{made.id}`.
    """
    root = f"/services/data/v{client.connection.info.api_version}"
    asked = [part.to_json(name, root) for name, part in parts.items()]
    reply = client.post("composite", {"allOrNone": False, "compositeRequest": asked})
    answers = reply["compositeResponse"]
    return {part["referenceId"]: CompositePart(status=part["httpStatusCode"], body=part["body"]) for part in answers}


def query_path(soql: str) -> str:
    """A SOQL query as a path; inside a composite request its length is no matter."""
    return f"query?q={quote(soql)}"
