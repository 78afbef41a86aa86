"""Every path of the REST API stands in docs/rest.md with its methods, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from host.app import create_app
from host.config import Config

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rest.md"
PREFIX = "/api/v1"


@pytest.fixture(scope="module")
def operations(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("rest")
    config = Config(
        database_url=f"sqlite:///{folder / 'rest.sqlite3'}",
        secret_key="s" * 40,
        encryption_keys=(Fernet.generate_key().decode(),),
    )
    rules = [rule for rule in create_app(config).url_map.iter_rules() if rule.rule.startswith(PREFIX)]
    return {
        f"{method} {re.sub('<[^>]*>', '{}', rule.rule)}"
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if "static" not in rule.endpoint
    }


def test_each_operation_is_documented_and_each_documented_one_exists(operations: set[str]) -> None:
    documented = re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/api/v1/[^\s`?]*)", PAGE.read_text())
    assert {f"{method} {re.sub('{[^}]*}', '{}', path)}" for method, path in documented} == operations
