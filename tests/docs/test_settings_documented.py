"""Every environment variable the code reads is described in docs/configuration.md, and none that is not there."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from host.config import Config

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r"\bTSUNAGU_[A-Z][A-Z_]*[A-Z]\b")
SOURCES = ("host", "plugins", "salesforce_sandbox")


def documented() -> set[str]:
    return set(VARIABLE.findall((ROOT / "docs" / "configuration.md").read_text()))


def sources() -> list[str]:
    return [path.read_text() for source in SOURCES for path in (ROOT / source).rglob("*.py")]


def in_code() -> set[str]:
    return {name for text in sources() for name in VARIABLE.findall(text)}


def put_together() -> set[str]:
    """Names of which a file holds the beginning (`f"TSUNAGU_ASTERISK_{name}"`) and the rest (`"CONTEXT"`)."""
    return {
        prefix + rest
        for text in sources()
        for prefix in re.findall(r"TSUNAGU_[A-Z]+_(?=[{\"])", text)
        for rest in re.findall(r"\"([A-Z_]+)\"", text)
    }


def test_each_field_of_the_configuration_is_documented() -> None:
    expected = {f"TSUNAGU_{field.name.upper()}" for field in dataclasses.fields(Config)}
    assert expected - documented() == set()


def test_each_variable_in_the_code_is_documented() -> None:
    assert in_code() - documented() == set()


def test_no_variable_is_documented_that_nothing_reads() -> None:
    fields = {f"TSUNAGU_{field.name.upper()}" for field in dataclasses.fields(Config)}
    assert documented() - in_code() - put_together() - fields == set()
