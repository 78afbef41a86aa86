"""What holds for every file of the repository."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
from pathlib import Path

import pytest

from devtools.checks.links import broken_links
from devtools.checks.sizes import oversized, source_files

ROOT = Path(__file__).resolve().parents[2]
TEXT = {".py", ".md", ".toml", ".txt", ".in", ".html", ".js", ".css", ".po", ".cfg", ".yml", ".yaml", ".sh", ".json", ""}
REGISTRIES = re.compile(r"\b(?:(?:pypi|pythonhosted)\.(?:org|io)|registry\.npmjs\.org|proxy\.golang\.org)\b")
HOME_OF_SOMEBODY = re.compile(r"(?<![\w.:/])/(?:root|home/\w+|work)/")


def tracked_files() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode != 0:
        pytest.skip("this is no git clone")
    paths = [ROOT / name for name in listing.stdout.split("\0") if name]
    return [path for path in paths if path.suffix in TEXT and path.is_file() and "static/vendor" not in path.as_posix()]


def offenders(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in tracked_files()
        if path != Path(__file__) and (found := pattern.search(path.read_text(errors="replace")))
    ]


def test_no_file_names_a_package_registry() -> None:
    assert offenders(REGISTRIES) == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert offenders(HOME_OF_SOMEBODY) == []


def test_every_link_in_the_docs_leads_somewhere() -> None:
    assert broken_links() == []


def test_no_function_or_file_is_too_long() -> None:
    assert oversized() == []


def test_most_functions_are_short() -> None:
    lengths = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in source_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert statistics.median(lengths) < 10
