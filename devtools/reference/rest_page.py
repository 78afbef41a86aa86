"""docs/rest-reference.md: every route with its parameters, its body and its answers, from the OpenAPI document."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from host.app import create_app
from host.config import Config
from host.web.api.docs import Operation, operations

INTRODUCTION = """\
# Every route of the REST API

As the OpenAPI document of an installation says it (`GET /api/v1/openapi.json`), with the routes of the plugins that come
with Tsunagu. How to sign in, and what is not to be read off a list of routes: [REST API](rest.md).

<!-- this page is written by: python -m devtools.reference -->
"""


def rendered() -> str:
    return (
        "\n\n".join([INTRODUCTION.rstrip(), *(part for each in operations(_document()) for part in _section(each))]) + "\n"
    )


def _document() -> dict[str, Any]:
    """The OpenAPI document of an installation without plugins of others."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config(
            database_url=f"sqlite:///{Path(folder) / 'rest.sqlite3'}",
            secret_key="s" * 40,
            encryption_keys=(Fernet.generate_key().decode(),),
            safe_mode=True,
        )
        app = create_app(config)
        document: dict[str, Any] = app.test_client().get("/api/v1/openapi.json").get_json()
        return document


def _section(operation: Operation) -> Iterator[str]:
    yield f"## {operation.method} {operation.path}"
    yield from filter(None, (f"{operation.summary}.", operation.description))
    if operation.parameters:
        rows = [
            f"| `{each.name}` | {each.place} | {each.type.replace('|', '·')} | {_needed(each.required, each.meaning)} |"
            for each in operation.parameters
        ]
        yield "\n".join(["| parameter | where | kind | meaning |", "|---|---|---|---|", *rows])
    if operation.body:
        yield f"The body:\n\n```json\n{operation.body}\n```"
    for answer in operation.answers:
        yield f"**{answer.status}** {answer.meaning}".rstrip()
        if answer.shape and answer.status.startswith("2"):
            yield f"```json\n{answer.shape}\n```"


def _needed(required: bool, meaning: str) -> str:
    return ("must be given. " if required else "") + meaning
