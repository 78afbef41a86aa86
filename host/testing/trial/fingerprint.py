"""What a plugin could leave behind in a process, taken before and after: functions, handlers, threads, settings."""

from __future__ import annotations

import locale
import logging
import os
import signal
import socket
import sys
import threading
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

WATCHED = frozenset(sys.stdlib_module_names - {"__main__", "this", "antigravity"}) | {
    "alembic",
    "click",
    "flask",
    "flask_login",
    "flask_smorest",
    "hookspecs",
    "host",
    "jinja2",
    "marshmallow",
    "pluggy",
    "requests",
    "sqlalchemy",
    "structlog",
    "urllib3",
    "werkzeug",
}
"""Packages whose functions belong to everybody."""
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, type, staticmethod, classmethod, property)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The state of a process: what things are called, and which object or value each of them is.

    The objects of `functions` are held fast, so that no new one can have an old one's place in memory.
    """

    functions: Mapping[str, object]
    settings: Mapping[str, str]
    threads: frozenset[int]


def take() -> Fingerprint:
    """The state now."""
    return with_functions(functions())


def functions() -> Mapping[str, object]:
    """What is what now: the costly part, which a child can have from its parent."""
    return dict(_functions())


def with_functions(found: Mapping[str, object]) -> Fingerprint:
    """The state now, but for functions, which were found before."""
    return Fingerprint(found, _settings(), frozenset(thread.ident or 0 for thread in threading.enumerate()))


def left_behind(before: Fingerprint, after: Fingerprint) -> list[str]:
    """What has changed, as sentences."""
    return [*_replaced(before, after), *_changed(before, after), *_threads(before, after)]


def _replaced(before: Fingerprint, after: Fingerprint) -> Iterator[str]:
    for name, function in before.functions.items():
        if after.functions.get(name) is not function:
            yield f"{name} was replaced."


def _changed(before: Fingerprint, after: Fingerprint) -> Iterator[str]:
    for name, value in before.settings.items():
        if after.settings[name] != value:
            yield f"{name} was changed."


def _threads(before: Fingerprint, after: Fingerprint) -> Iterator[str]:
    fresh = after.threads - before.threads
    yield from (f"A thread is still running: {thread.name}." for thread in threading.enumerate() if thread.ident in fresh)


def _functions() -> Iterator[tuple[str, object]]:
    for module_name, module in sorted(sys.modules.items()):
        if module_name.partition(".")[0] in WATCHED and isinstance(module, types.ModuleType):
            yield from _of_module(module_name, module)


def _of_module(module_name: str, module: types.ModuleType) -> Iterator[tuple[str, object]]:
    for name, value in list(vars(module).items()):
        if not isinstance(value, _FUNCTIONS):
            continue
        yield f"{module_name}.{name}", value
        if isinstance(value, type) and value.__module__ == module_name:
            members = list(vars(value).items())
            yield from (
                (f"{module_name}.{name}.{member}", found) for member, found in members if isinstance(found, _FUNCTIONS)
            )


def _settings() -> dict[str, str]:
    root = logging.getLogger()
    found = {
        "The working directory": os.getcwd(),  # noqa: PTH109 - its text is what is compared
        "The locale": str(locale.setlocale(locale.LC_ALL)),
        "The environment": repr(sorted(os.environ.items())),
        "sys.excepthook": _name(sys.excepthook),
        "sys.stdout": _name(sys.stdout),
        "sys.stderr": _name(sys.stderr),
        "sys.stdin": _name(sys.stdin),
        "threading.excepthook": _name(threading.excepthook),
        "The tracing of all threads": _name(sys.gettrace()) + _name(sys.getprofile()),
        "The recursion limit": str(sys.getrecursionlimit()),
        "The switch interval": str(sys.getswitchinterval()),
        "The default time-out of sockets": str(socket.getdefaulttimeout()),
        "The root logger": f"{root.level} {[_name(handler) for handler in root.handlers]} {root.manager.disable}",
        "The timer of the process": str(signal.getitimer(signal.ITIMER_REAL)[0] > 0),
        "The standard file descriptors": str([_descriptor(number) for number in range(3)]),
        "The file mode mask": str(_mask()),
    }
    return found | {f"The handler of {each.name}": _handler(each) for each in signal.Signals}


def _name(value: object) -> str:
    return "" if value is None else f"{type(value).__qualname__} {id(value)}"


def _handler(number: signal.Signals) -> str:
    handler = signal.getsignal(number)
    return handler.name if isinstance(handler, signal.Handlers) else _name(handler)


def _descriptor(number: int) -> str:
    try:
        found = os.fstat(number)
    except OSError:
        return "closed"
    return f"{found.st_dev}:{found.st_ino}"


def _mask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
