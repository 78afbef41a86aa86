"""What is logged and printed while something runs, by whatever means."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import Any, NoReturn

import structlog


@dataclass(slots=True)
class Overheard:
    """Lines of the log, the plugin's own and those of libraries from INFO on, and what was printed."""

    lines: list[str] = field(default_factory=list)
    printed: str = ""

    def everything(self) -> Sequence[str]:
        return [*self.lines, *self.printed.splitlines()]


SERVER = "werkzeug"
"""Where a scenario's own server logs what it is asked."""


class _Keeper(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.INFO)
        self._lines = lines
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == SERVER:
            return
        self._lines.append(self.format(record))


@contextmanager
def listening() -> Iterator[Overheard]:
    """Hear everything that is said until the block ends; nothing of it reaches the terminal."""
    overheard = Overheard()
    keeper, root = _Keeper(overheard.lines), logging.getLogger()
    printed = io.StringIO()
    level = root.level
    root.addHandler(keeper)
    root.setLevel(min(level, logging.INFO))
    try:
        with _structured(overheard.lines), redirect_stdout(printed), redirect_stderr(printed):
            yield overheard
    finally:
        root.removeHandler(keeper)
        root.setLevel(level)
        overheard.printed = printed.getvalue()


@contextmanager
def _structured(lines: list[str]) -> Iterator[None]:
    """Put what the structured log is given into `lines`, with the text of its errors as they would be written."""

    def keep(_logger: Any, method: str, entry: MutableMapping[str, Any]) -> NoReturn:
        lines.append(f"{method} {dict(entry)!r}")
        raise structlog.DropEvent

    processors = structlog.get_config()["processors"]
    usual = list(processors)
    processors[:] = [structlog.processors.format_exc_info, keep]  # in place: loggers may hold the list
    try:
        yield
    finally:
        processors[:] = usual
