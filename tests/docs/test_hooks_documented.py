"""R33: what plugin authors are promised is written down, exactly as it is."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import hookspecs
import host.plugin_api as plugin_api
from host.plugin_api import Manifest, PluginContext

DOCS = Path(__file__).resolve().parents[2] / "docs"
EVENTS = [plugin_api.CallEnded, plugin_api.NumberClicked, plugin_api.MemoSaved, plugin_api.AnalysisDone]
RESULTS = ["Done", "Skipped", "RetryLater", "NeedsReauthorisation", "NeedsConfiguration", "PermanentFailure"]
HOOKS: dict[str, Callable[..., Any]] = {
    name: function for name, function in vars(hookspecs).items() if name.startswith("on_")
}


def test_r33_there_are_the_four_hooks() -> None:
    assert set(HOOKS) == {"on_call_end", "on_click_to_call", "on_memo_saved", "on_analysis_done"}


@pytest.mark.parametrize("name", HOOKS)
def test_r33_each_hook_is_documented_with_its_exact_signature(name: str) -> None:
    page = (DOCS / "hooks.md").read_text()
    signature = str(inspect.signature(HOOKS[name])).replace("'", "")
    assert f"## {name}\n" in page
    assert f"def {name}{signature}\n" in page


@pytest.mark.parametrize("event", EVENTS)
def test_r33_each_field_of_an_event_is_documented(event: type) -> None:
    page = (DOCS / "hooks.md").read_text()
    hook = next(name for name, function in HOOKS.items() if event.__name__ in str(inspect.signature(function)))
    section = page.split(f"## {hook}\n")[1].split("\n## ")[0]
    assert {f.name for f in dataclasses.fields(event)} <= set(re.findall(r"`(\w+)`", section))


def test_r33_each_field_of_a_call_is_documented() -> None:
    section = (DOCS / "hooks.md").read_text().split("## The call\n")[1]
    assert {f.name for f in dataclasses.fields(plugin_api.Call)} <= set(re.findall(r"`(\w+)`", section))


@pytest.mark.parametrize("result", RESULTS)
def test_r33_each_result_is_documented(result: str) -> None:
    assert f"`{result}(" in (DOCS / "hooks.md").read_text()


@pytest.mark.parametrize(("kind", "heading"), [(Manifest, "## The manifest"), (PluginContext, "## The context")])
def test_r33_each_field_of_manifest_and_context_is_documented(kind: type, heading: str) -> None:
    section = (DOCS / "plugins.md").read_text().split(heading)[1].split("\n## ")[0]
    documented = set(re.findall(r"`(\w+)", section))
    assert {f.name for f in dataclasses.fields(kind)} <= documented
