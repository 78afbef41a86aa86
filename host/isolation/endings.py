"""How a process ended, in words."""

from __future__ import annotations

import signal

from host.sentences import Sentence


def how_it_ended(code: int) -> Sentence:
    """An exit code, or below 0 the signal that ended it."""
    if code >= 0:
        return Sentence("exit code %(code)s", code=code)
    try:
        return Sentence("signal %(name)s", name=signal.Signals(-code).name)
    except ValueError:
        return Sentence("signal %(name)s", name=-code)
