"""The page /api/docs: the API explained from its OpenAPI document, without scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from flask_smorest import Api

METHODS = ("get", "post", "put", "patch", "delete")
DEEPEST = 4
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation."""

    name: str
    place: str
    type: str
    required: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of an operation; `shape` is an example of its JSON."""

    status: str
    meaning: str
    shape: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: str
    answers: tuple[Answer, ...]


def install(app: Flask, api: Api) -> None:
    @app.get("/api/docs")
    def api_docs() -> ResponseReturnValue:
        document = api.spec.to_dict()
        return render_template("api_docs.html", spec=document, operations=list(operations(document)))


def operations(document: Document) -> Iterator[Operation]:
    """Everything the API can do, by path."""
    for path, item in sorted(document["paths"].items()):
        shared = item.get("parameters", [])
        for method in METHODS:
            if method in item:
                yield _operation(document, path, method, item[method], shared)


def _operation(document: Document, path: str, method: str, found: Document, shared: list[Document]) -> Operation:
    parameters = [_parameter(document, each) for each in (*shared, *found.get("parameters", []))]
    return Operation(
        id=f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
        method=method.upper(),
        path=path,
        summary=found.get("summary", ""),
        description=found.get("description", ""),
        parameters=tuple(parameters),
        body=_shape(document, found.get("requestBody", {})),
        answers=tuple(_answer(document, status, each) for status, each in sorted(found["responses"].items())),
    )


def _parameter(document: Document, found: Document) -> Parameter:
    schema = _resolved(document, found.get("schema", {}))
    kind = " | ".join(map(str, schema["enum"])) if "enum" in schema else schema.get("format") or schema.get("type", "")
    meaning = found.get("description") or schema.get("description", "")
    return Parameter(found["name"], found["in"], str(kind), bool(found.get("required")), meaning)


def _answer(document: Document, status: str, found: Document) -> Answer:
    answer = _resolved(document, found)
    return Answer(status, answer.get("description", ""), _shape(document, answer))


def _shape(document: Document, content: Document) -> str:
    schema = content.get("content", {}).get("application/json", {}).get("schema")
    return json.dumps(_example(document, schema, 0), indent=2, ensure_ascii=False) if schema else ""


def _example(document: Document, schema: Document, depth: int) -> Any:
    schema = _resolved(document, schema)
    alternatives = schema.get("allOf") or schema.get("anyOf") or schema.get("oneOf")
    if alternatives:
        return _example(document, alternatives[0], depth)
    if depth >= DEEPEST:
        return "…"
    if schema.get("type") == "array":
        return [_example(document, schema.get("items", {}), depth + 1)]
    if "properties" in schema:
        return {name: _example(document, each, depth + 1) for name, each in schema["properties"].items()}
    return " | ".join(map(str, schema["enum"])) if "enum" in schema else schema.get("format") or schema.get("type", "")


def _resolved(document: Document, schema: Document) -> Document:
    """What a reference ("#/components/schemas/Call") points to."""
    if "$ref" not in schema:
        return schema
    found: Any = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return _resolved(document, found)
