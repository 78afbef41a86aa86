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


def in_code() -> set[str]:
    """Whole names; a name that only begins one (`TSUNAGU_SALESFORCE_` + …) is spelled out in `Config` or an option."""
    texts = (path.read_text() for source in SOURCES for path in (ROOT / source).rglob("*.py"))
    return {name for text in texts for name in VARIABLE.findall(text)}


def test_each_field_of_the_configuration_is_documented() -> None:
    expected = {f"TSUNAGU_{field.name.upper()}" for field in dataclasses.fields(Config)}
    assert expected - documented() == set()


def test_each_variable_in_the_code_is_documented() -> None:
    assert in_code() - documented() == set()


def test_no_variable_is_documented_that_nothing_reads() -> None:
    fields = {f"TSUNAGU_{field.name.upper()}" for field in dataclasses.fields(Config)}
    assert documented() - in_code() - fields == set()
