"""Sentences for people, written in English where they arise and translated where they are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self


class Sentence(str):
    """An English sentence that remembers how it was made, so that a page can say it in another language."""

    __slots__ = ("template", "values")
    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, **values: Any) -> Self:
        made = super().__new__(cls, template % values if values else template)
        made.template = template
        made.values = values
        return made


def translated(text: str, gettext: Callable[..., str]) -> str:
    """The sentence in the language of `gettext`; other text as it is."""
    return gettext(text.template, **text.values) if isinstance(text, Sentence) else text
