"""How a class or function of the source is shown in a page: its signature, its fields."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from devtools.reference.docstrings import WIDTH


def signature(function: Callable[..., Any], *, name: str = "", method: bool = False) -> str:
    """`def name(…) -> …`, one parameter a line where it would be too long for one."""
    found = inspect.signature(function)
    if method:
        found = found.replace(parameters=[each for each in found.parameters.values() if each.name != "self"])
    line = f"def {name or function.__name__}{_unquoted(str(found))}"
    if len(line) <= WIDTH:
        return line
    parameters = [_unquoted(text) for text in _parameters(found)]
    returns = "" if found.return_annotation is found.empty else f" -> {_unquoted(str(found.return_annotation))}"
    return "\n".join([f"def {name or function.__name__}(", *(f"    {each}," for each in parameters), f"){returns}"])


def _parameters(found: inspect.Signature) -> Iterator[str]:
    keywords = False
    for parameter in found.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not keywords:
            keywords = True
            yield "*"
        yield str(parameter)


def _unquoted(text: str) -> str:
    """Annotations as they stand in the source, without the quotes that postponing them leaves."""
    return re.sub(r"(?<=: |> )'([^']*)'", r"\1", text)


def fields(kind: type) -> Iterator[tuple[str, str, str]]:
    """Name, type and default of each field of a dataclass; an empty default means that it must be given."""
    defaults = _defaults(kind)
    for field in dataclasses.fields(kind):
        yield field.name, str(field.type), defaults.get(field.name, "")


def _defaults(kind: type) -> dict[str, str]:
    """Defaults as they stand in the source."""
    tree = ast.parse(inspect.cleandoc(inspect.getsource(kind)))
    (found,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    written = {
        ast.unparse(node.target): node.value
        for node in found.body
        if isinstance(node, ast.AnnAssign) and node.value is not None
    }
    return {name: shown for name, value in written.items() if (shown := _default(value))}


def _default(value: ast.expr) -> str:
    if not (isinstance(value, ast.Call) and ast.unparse(value.func) == "field"):
        return ast.unparse(value)
    factory = next((keyword.value for keyword in value.keywords if keyword.arg == "default_factory"), None)
    return f"{ast.unparse(factory)}()" if factory else ""


def fields_table(kind: type) -> str:
    rows = [f"| `{name}` | `{_in_table(of)}` | {_code(default)} |" for name, of, default in fields(kind)]
    return "\n".join(["| field | type | default |", "|---|---|---|", *rows])


def _code(text: str) -> str:
    return f"`{_in_table(text)}`" if text else "must be given"


def _in_table(text: str) -> str:
    return text.replace("|", "\\|")
