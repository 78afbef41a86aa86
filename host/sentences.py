"""Sentences for people, written in English where they arise and translated where they are shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Self

MARK = "\x1esentence:"
"""Begins a sentence that is stored with its values; no other stored text begins so."""
Value = str | int | float | tuple["Value", ...]


class Sentence(str):
    """An English sentence that remembers how it was made, so that a page can say it in another language.

    `template` has places like `%(count)s` for the values. A value is a number, a text, which is shown as it is, another
    Sentence, which is translated as well, or a list of these, which is shown with commas. Without values the template is
    the whole sentence, and `%` needs no doubling. It is a `str` and may stand wherever the interface takes a sentence.
    """

    __slots__ = ("template", "values")
    template: str
    values: dict[str, Value]

    def __new__(cls, template: str, **values: Any) -> Self:
        plain = {name: _plain(value) for name, value in values.items()}
        made = super().__new__(cls, _filled(template, plain, _as_it_is))
        made.template = template
        made.values = plain
        return made


def translated(text: str, gettext: Callable[[str], str]) -> str:
    """The sentence by `gettext`; other text as it is. A translation whose places do not fit is not used."""
    if not isinstance(text, Sentence):
        return text
    try:
        return _filled(gettext(text.template), text.values, gettext)
    except (KeyError, TypeError, ValueError):
        return str(text)


def carried(text: object) -> str:
    """What a plugin gave as a text, made anew of plain parts: a Sentence stays one, anything else becomes its text."""
    return Sentence(str(text.template), **text.values) if isinstance(text, Sentence) else str(text)


def written(sentence: Sentence) -> str:
    """The sentence as a text from which `read` makes it again."""
    return MARK + json.dumps(_parts(sentence), ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> str:
    """The Sentence that was `written`, or the text as it is."""
    if not text.startswith(MARK):
        return text
    try:
        made = _made(json.loads(text.removeprefix(MARK)))
    except (KeyError, TypeError, ValueError):
        made = None
    return made if isinstance(made, Sentence) else text.removeprefix(MARK)


def _plain(value: object) -> Value:
    if isinstance(value, (Sentence, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return tuple(_plain(part) for part in value)
    return str(value)


def _filled(template: str, values: Mapping[str, Value], gettext: Callable[[str], str]) -> str:
    return template % {name: _said(value, gettext) for name, value in values.items()} if values else template


def _said(value: Value, gettext: Callable[[str], str]) -> str | int | float:
    if isinstance(value, tuple):
        return gettext(_BETWEEN.template).join(str(_said(part, gettext)) for part in value)
    return translated(value, gettext) if isinstance(value, Sentence) else value


def _as_it_is(text: str) -> str:
    return text


_BETWEEN = Sentence(", ")  # what stands between the parts of a list: each language has its own


def _parts(value: Value) -> Any:
    if isinstance(value, Sentence):
        return {"template": value.template, "values": {name: _parts(part) for name, part in value.values.items()}}
    return [_parts(part) for part in value] if isinstance(value, tuple) else value


def _made(parts: Any) -> Any:
    if isinstance(parts, Mapping):
        template, values = parts["template"], parts["values"]
        return Sentence(template, **{name: _made(part) for name, part in values.items()})
    return [_made(part) for part in parts] if isinstance(parts, list) else parts
