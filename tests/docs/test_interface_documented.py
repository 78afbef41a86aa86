"""R33: the modules that docs/plugins.md calls public are those that plugins may import, and no others."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECTION = (ROOT / "docs" / "plugins.md").read_text().split("## The interface and its versions")[1].split("\n## ")[0]
DOCUMENTED = {"host.plugin_api", *re.findall(r"`(host\.plugin_api\.\w+)`", SECTION.split("Whatever else")[0])}


def test_r33_plugins_may_import_the_documented_modules_only() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (contract,) = [one for one in contracts if one["name"] == "Plugins use the public interface only"]
    assert {one.split(" -> ")[1] for one in contract["ignore_imports"]} == DOCUMENTED


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_r33_each_public_module_is_there_and_typed(name: str) -> None:
    assert import_module(name).__doc__
    assert (ROOT / "host" / "py.typed").is_file()


def test_r33_what_is_public_is_named_once() -> None:
    public = import_module("host.plugin_api")
    assert len(set(public.__all__)) == len(public.__all__)
    assert all(hasattr(public, name) for name in public.__all__)


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*/*/*.py")), ids=lambda path: path.name)
def test_r33_the_example_uses_nothing_but_the_public_modules(path: Path) -> None:
    tree = ast.parse(path.read_text())
    named = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    named |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    used = {module for module in named if module.partition(".")[0] in ("host", "plugins", "devtools", "hookspecs")}
    assert used <= {*DOCUMENTED, "hookspecs", "host.testing", "host.testing.conformance"}
