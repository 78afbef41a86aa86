"""Which tables a statement writes, read from its text: a plugin may write those only that begin with its name (R35)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, event

from host.plugin_api.results import PluginError
from host.sentences import Sentence

WRITER = "tsunagu_plugin"
"""The execution option of a connection that was handed to a plugin: its name."""
MIGRATOR = "tsunagu_migrator"
"""The same, for a plugin's migrations, which make and change tables."""

_TOKEN = re.compile(
    r"""(?P<gap>\s+|--[^\n]*|/\*.*?\*/)
      | (?P<text>[eE]'(?:\\.|''|[^'\\])*'|'(?:''|[^'])*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
      | (?P<quoted>"(?:""|[^"])*"|`[^`]*`)
      | (?P<word>[^\W\d][\w$]*)
      | (?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
_USUAL = frozenset({"select", "with", "values", "insert", "update", "delete", "replace", "explain"})
_TRANSACTION = frozenset({"begin", "commit", "rollback", "savepoint", "release"})
_CHANGING = frozenset({"create", "alter", "drop", "comment"})
_NO_UPDATE = frozenset({"for", "key", "do", "on"})
_BEFORE_NAME = frozenset({"only", "table", "temp", "temporary", "or", "ignore", "abort", "fail", "if", "not", "exists"})
_KINDS = frozenset({"table", "sequence", "type", "view", "index"})
_ALEMBIC = "_alembic_tmp_"


class TableNotOwned(PluginError):
    """A plugin tried to write a table that is not its own; nothing was written."""


class _Unclear(Exception):
    """What the statement would write cannot be told from its text."""


def watch(engine: Engine) -> None:
    """Refuse, on this engine's connections that were handed to a plugin, what writes another's tables."""
    event.listen(engine, "before_cursor_execute", _check)


def _check(connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
    options = connection.get_execution_options()
    plugin = options.get(WRITER) or options.get(MIGRATOR)
    if plugin is not None:
        refusal = _refusal(statement, plugin, MIGRATOR in options)
        if refusal is not None:
            raise TableNotOwned(refusal)


@lru_cache(maxsize=2048)
def _refusal(statement: str, plugin: str, migrates: bool) -> Sentence | None:
    try:
        foreign = [table for table in tables_written(statement, migrates=migrates) if not _owns(plugin, table, migrates)]
    except _Unclear:
        return Sentence(
            "The plugin %(plugin)s ran a statement that is not allowed here: only SELECT, INSERT, UPDATE and DELETE are, "
            "one at a time; tables are made by migrations.",
            plugin=plugin,
        )
    if not foreign:
        return None
    return Sentence(
        "The plugin %(plugin)s may only write tables that begin with %(plugin)s_; it tried to write %(table)s.",
        plugin=plugin,
        table=foreign[0],
    )


def _owns(plugin: str, table: str, migrates: bool) -> bool:
    own = table.startswith(f"{plugin}_")
    return own or (migrates and (table == f"alembic_version_{plugin}" or table.startswith(f"{_ALEMBIC}{plugin}_")))


def tables_written(statement: str, *, migrates: bool) -> list[str]:
    """The tables that a statement inserts into, updates or deletes from, and, if it `migrates`, makes, changes or drops.

    Raises:
        _Unclear: it is another kind of statement, or several.
    """
    tokens = _tokens(statement)
    first = next((token for token in tokens if token != "("), "")  # noqa: S105 - a bracket, no secret
    if first in _TRANSACTION:
        return []
    if migrates and (first in _CHANGING or (first == "pragma" and "=" not in tokens)):
        return list(_changed(tokens))
    if first not in _USUAL:
        raise _Unclear
    return list(_written(tokens))


def _tokens(statement: str) -> list[str]:
    """The words and signs of a statement, unquoted names in lower case; no texts, gaps or comments."""
    found = [_token(match) for match in _TOKEN.finditer(statement)]
    tokens = [token for token in found if token]
    while tokens and tokens[-1] == ";":
        tokens.pop()
    if ";" in tokens:
        raise _Unclear
    return tokens


def _token(match: re.Match[str]) -> str:
    if match["quoted"]:
        return match["quoted"][1:-1]
    return (match["word"] or match["sign"] or "").lower()


def _written(tokens: Sequence[str]) -> Iterator[str]:
    for place, word in enumerate(tokens):
        before = tokens[place - 1] if place else ""
        if word == "into" or (word == "from" and before == "delete") or (word == "update" and before not in _NO_UPDATE):
            yield _name(tokens, place + 1)


def _changed(tokens: Sequence[str]) -> Iterator[str]:
    """Every kind of thing that is named after its kind, what an index or a trigger is on, and what a table is renamed to."""
    for place, token in enumerate(tokens):
        if token in _KINDS and place < 4:  # create [or replace] [unique] index
            yield _name(tokens, place + 1).removeprefix("ix_").removeprefix("uq_")
            break
    else:
        if tokens[0] != "pragma":
            raise _Unclear
    if "index" in tokens[:4] and tokens[0] == "create":
        yield _name(tokens, tokens.index("on") + 1)
    if "rename" in tokens and tokens[tokens.index("rename") + 1] == "to":
        yield _name(tokens, tokens.index("to") + 1)


def _name(tokens: Sequence[str], place: int) -> str:
    """The table named here, without its schema."""
    while place < len(tokens) and tokens[place] in _BEFORE_NAME:
        place += 1
    while place + 2 < len(tokens) and tokens[place + 1] == ".":
        place += 2
    if place >= len(tokens) or not re.match(r"\w", tokens[place]):
        raise _Unclear
    return tokens[place]
