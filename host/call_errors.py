"""Why something that was asked for a call is refused."""

from __future__ import annotations


class CallError(Exception):
    """What was asked for a call cannot be done; the message tells a person why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class CallNotFound(CallError):
    pass


class NumberNotDialable(CallError):
    pass


class AgentUnknown(CallError):
    pass


class NothingDials(CallError):
    pass


class RecordInvalid(CallError):
    pass


class MemoTooLong(CallError):
    pass


class MemoInvalid(CallError):
    pass


class MemoConflict(CallError):
    """Somebody saved the memo meanwhile; `version` is theirs."""

    def __init__(self, message: str, version: int) -> None:
        super().__init__(message)
        self.version = version


class AnalysisInvalid(CallError):
    pass


class NotEnded(CallError):
    pass
