"""Work of a plugin that waits for a person, and whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class WorkAside(Protocol):
    """Unfinished work of a connection that was ended. It is kept by a key of the plugin's own, such as the id of the org.

    It does not go out with `resume_parked` and is not tried again: it might go to another CRM than it was meant for.
    """

    def put(self, key: str, *, pending: bool = False) -> int:
        """Put aside what is parked now, and what waits behind it; gives back how many deliveries.

        Args:
            pending: also what was still to be delivered or tried again.
        """
        ...

    def counts(self) -> Mapping[str, int]:
        """How many deliveries are kept for each key."""
        ...

    def resume(self, key: str) -> int:
        """Let it go out after all; gives back how many deliveries."""
        ...

    def drop(self, key: str, by: str) -> int:
        """Have it done with: each delivery ends as skipped and says who dropped it. Logged. Gives back how many."""
        ...
