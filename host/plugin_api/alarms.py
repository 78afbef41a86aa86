"""What an admin must know at once, by banner and by mail: raised when it begins, cleared when it is over (R30, R32)."""

from __future__ import annotations

from typing import Protocol


class Alarms(Protocol):
    """The alarms of one plugin. Each has a key ("connection", "rights") and is raised at most once at a time."""

    def raise_alarm(self, key: str, title: str, text: str) -> None:
        """Something stopped working and a person is needed.

        The first call sends a mail at once and puts a banner on every admin's pages; while it stands it is said again once a
        day; a further call with the same key only replaces the text. Cheap to repeat: an alarm that stands unchanged
        writes nothing.

        Args:
            title: one short sentence, without a full stop: the mail's subject.
            text: what happened and what to do. Both may be a `Sentence`. No secrets, numbers, names or memo text.
        """
        ...

    def clear_alarm(self, key: str, text: str = "") -> None:
        """It works again: the banner goes, and a mail says so. Without a standing alarm of this key it does nothing."""
        ...
