"""What a process is like before and after a plugin is imported in it: what all share has to stay as it was (R35)."""

from __future__ import annotations

import builtins
import locale
import logging
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from types import ModuleType

from host.sentences import Sentence

SHARED = frozenset(
    {
        "builtins",
        "datetime",
        "hookspecs",
        "http",
        "io",
        "json",
        "logging",
        "os",
        "pathlib",
        "random",
        "select",
        "signal",
        "socket",
        "sqlite3",
        "ssl",
        "subprocess",
        "sys",
        "threading",
        "time",
        "urllib",
        "flask",
        "flask_babel",
        "flask_login",
        "host",
        "jinja2",
        "marshmallow",
        "pluggy",
        "psycopg",
        "requests",
        "sqlalchemy",
        "structlog",
        "urllib3",
        "werkzeug",
    }
)
"""Packages of which no function and no method may be another after the import."""
_VARIABLES = ("PATH", "PYTHONPATH", "HOME", "TZ")

Fingerprint = Mapping[str, object]


def fingerprint() -> Fingerprint:
    """What the process is like now, by its English name."""
    return {**state(), **functions(SHARED)}


def state() -> Fingerprint:
    """What belongs to the whole process, but for functions."""
    return {name: read() for name, read in _STATE.items()}


def functions(packages: Collection[str]) -> Fingerprint:
    """The functions and methods of these packages, as far as they are loaded, by their full names."""
    return dict(_functions(packages))


def changes(before: Fingerprint, after: Fingerprint) -> list[str]:
    """What is different, by name: a `Sentence`, or the full name of a function."""
    return [name for name, value in before.items() if name not in after or not _same(value, after[name])]


def _same(before: object, after: object) -> bool:
    return before is after or (not _is_code(before) and before == after)


def _is_code(value: object) -> bool:
    return callable(value) or isinstance(value, (classmethod, property))


def _functions(packages: Collection[str]) -> Iterator[tuple[str, object]]:
    for name, module in list(sys.modules.items()):
        if isinstance(module, ModuleType) and name.partition(".")[0] in packages:
            yield from _of(name, module)


def _of(name: str, module: ModuleType) -> Iterator[tuple[str, object]]:
    for attribute, value in list(vars(module).items()):
        if callable(value):
            yield f"{name}.{attribute}", value
        if isinstance(value, type) and value.__module__ == name:
            for method, function in list(vars(value).items()):
                if _is_code(function) and not isinstance(function, type):
                    yield f"{name}.{attribute}.{method}", function


def _standard_streams() -> object:
    files = [_file(number) for number in range(3)]
    return [*files, sys.stdin, sys.stdout, sys.stderr]


def _file(number: int) -> tuple[int, int] | None:
    try:
        found = os.fstat(number)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - as text, to be compared
    except OSError:
        return ""


def _mask() -> int:
    mask = os.umask(0o77)
    os.umask(mask)
    return mask


def _handlers() -> object:
    return [signal.getsignal(number) for number in sorted(signal.valid_signals())]


def _environment() -> object:
    return {name: value for name, value in os.environ.items() if name.startswith("TSUNAGU_") or name in _VARIABLES}


def _root_log() -> object:
    root = logging.getLogger()
    return root.level, root.disabled, logging.root.manager.disable, list(root.handlers), list(root.filters)


def _limits() -> object:
    return [resource.getrlimit(kind) for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NOFILE)]


_STATE: Mapping[str, Callable[[], object]] = {
    Sentence("the working directory"): _folder,
    Sentence("the locale"): lambda: locale.setlocale(locale.LC_ALL),
    Sentence("the file mode mask"): _mask,
    Sentence("signal handlers"): _handlers,
    Sentence("the standard streams"): _standard_streams,
    Sentence("the module path"): lambda: list(sys.path),
    Sentence("environment variables of the host"): _environment,
    Sentence("the root logger"): _root_log,
    Sentence("the limits of the process"): _limits,
    Sentence("the default timeout of sockets"): socket.getdefaulttimeout,
    Sentence("the recursion limit"): sys.getrecursionlimit,
    Sentence("the hooks for uncaught errors"): lambda: [sys.excepthook, threading.excepthook, builtins.__import__],
    Sentence("the threads of the process"): lambda: {thread.name for thread in threading.enumerate()},
    Sentence("the timer of the process"): lambda: signal.getitimer(signal.ITIMER_REAL)[0] > 0,
}
