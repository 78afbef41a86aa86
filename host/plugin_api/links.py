"""Which record of the CRM belongs to which thing of the host: links that the host keeps for a plugin."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol


class Links(Protocol):
    """Links by a kind of yours ("memo"), from an id of the host's (a call's) to one of the CRM. One local id has one link.

    Ids are text: kind up to 64, local id up to 100, CRM id up to 255 characters; longer ones raise ValueError.
    """

    def get(self, kind: str, local_id: str) -> str | None:
        """The CRM's id; None if there is no link."""
        ...

    def many(self, kind: str, local_ids: Collection[str]) -> Mapping[str, str]:
        """As `get` for many at once; ids without a link are absent."""
        ...

    def put(self, kind: str, local_id: str, crm_id: str) -> None:
        """Link them, in place of an earlier link of this local id."""
        ...

    def find(self, kind: str, crm_id: str) -> Sequence[str]:
        """The local ids that are linked to this record, in order."""
        ...

    def forget(self, kind: str, local_id: str) -> None:
        """Take the link away, if there is one."""
        ...
