"""No function over 50 lines, no file over 280: what is longer holds more than one idea."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from devtools.checks import ROOT

LONGEST_FUNCTION = 50
LONGEST_FILE = 280
SOURCES = ("host", "plugins", "salesforce_sandbox", "devtools", "examples", "hookspecs.py", "dev.py")
FREE_FOLDERS = {"versions", "node_modules", "static"}


def source_files(root: Path = ROOT) -> Iterator[Path]:
    """The Python files the limits hold for: no tests, no migrations, nothing vendored."""
    for name in SOURCES:
        top = root / name
        files = [top] if top.is_file() else sorted(top.rglob("*.py"))
        yield from (path for path in files if not FREE_FOLDERS.intersection(path.relative_to(root).parts))


def oversized(root: Path = ROOT) -> list[str]:
    return [fault for path in source_files(root) for fault in _faults_of_file(path, root)]


def _faults_of_file(path: Path, root: Path) -> Iterator[str]:
    text = path.read_text()
    name = path.relative_to(root)
    if (lines := text.count("\n")) > LONGEST_FILE:
        yield f"{name} has {lines} lines; the limit is {LONGEST_FILE}"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{name}:{node.lineno} {node.name} has {lines} lines; the limit is {LONGEST_FUNCTION}"
