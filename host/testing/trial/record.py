"""What a trial wrote down: steps with their facts, in the order in which they were taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from host.testing.subject import Subject

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One trial.

    Args:
        steps: facts by the kind of step ("import", "hook", "page" …), each in its order.
        died_in: what it was doing when its process ended before its time ("" if it did not), and `died_how`.
    """

    subject: Subject
    steps: Mapping[str, Sequence[Facts]] = field(default_factory=dict)
    died_in: str = ""
    died_how: str = ""

    def all(self, kind: str) -> Sequence[Facts]:
        """The facts of every step of this kind."""
        return self.steps.get(kind, ())

    def one(self, kind: str) -> Facts | None:
        """The facts of the only step of this kind, or None if it was not reached."""
        return next(iter(self.all(kind)), None)

    def died_while(self, kind: str) -> Iterator[str]:
        """A sentence, if the process ended in a step of this kind."""
        if self.died_in.partition(" ")[0] == kind:
            yield f"{self.died_in.partition(' ')[2] or kind}: {self.died_how}"
