"""R33: the plugin in the docs is a plugin: it loads, and does what its page says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
import responses

from host.plugin_api import Call, CallEnded, ContactEntry, Direction, Done, PluginContext, RetryLater, Skipped
from host.registry.checks import checked

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 22, tzinfo=UTC)
PEOPLE = "https://crm.example.com/people"


@dataclass
class Book:
    registered: list[ContactEntry] = field(default_factory=list)

    def register(self, entry: ContactEntry) -> None:
        self.registered.append(entry)


@dataclass
class Context:
    contact_book: Book = field(default_factory=Book)

    def clock(self) -> datetime:
        return NOW


def example(page: str) -> Any:
    code = next(
        block for block in re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL) if "Manifest(" in block
    )
    namespace: dict[str, Any] = {"__name__": "acme_crm"}
    exec(compile(code, page, "exec"), namespace)
    return namespace["plugin"]


def ended(number: str | None) -> CallEnded:
    call = Call(id="c", direction=Direction.INBOUND, number=number, raw_number=number or "", started_at=NOW)
    return CallEnded(fact_id=1, occurred_at=NOW, call=call)


def call_hook(plugin: Any, context: Context, event: CallEnded) -> object:
    return plugin.on_call_end(context=cast("PluginContext", context), event=event)


@pytest.mark.parametrize("page", ["docs/plugins.md", "README.md"])
def test_r33_the_example_keeps_the_contract(page: str) -> None:
    plugin = example(page)
    _, implementations = checked(plugin.manifest.name, plugin)
    assert set(implementations) == {"on_call_end"}


@responses.activate
def test_r33_the_example_registers_whom_its_crm_knows() -> None:
    responses.get(PEOPLE, json=[{"company": "Acme", "name": "Ann"}])
    context = Context()
    result = call_hook(example("docs/plugins.md"), context, ended("+819012345678"))
    assert isinstance(result, Done)
    assert responses.calls[0].request.url == f"{PEOPLE}?phone=%2B819012345678"
    assert [(e.number, e.company, e.person) for e in context.contact_book.registered] == [("+819012345678", "Acme", "Ann")]


@responses.activate
def test_r33_the_example_says_what_it_did_not_do() -> None:
    responses.get(PEOPLE, json=[])
    context = Context()
    assert isinstance(call_hook(example("docs/plugins.md"), context, ended(None)), Skipped)
    assert isinstance(call_hook(example("docs/plugins.md"), context, ended("+819012345678")), Skipped)
    assert context.contact_book.registered == []


@responses.activate
def test_r33_the_example_asks_for_a_later_try_when_its_crm_is_away() -> None:
    responses.get(PEOPLE, status=502, body="<html>")
    with pytest.raises(RetryLater):
        call_hook(example("docs/plugins.md"), Context(), ended("+819012345678"))
