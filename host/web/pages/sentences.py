"""Says a sentence of the use cases or of a plugin in the language of the page."""

from __future__ import annotations

from functools import partial

from host.sentences import Sentence, translated
from host.web.languages import in_words_of


def said(message: str, plugin: str = "") -> str:
    """The sentence in the page's language; a text without a translation as it is.

    `plugin` names whose sentence it is: its own catalogue goes before the host's.
    """
    sentence = message if isinstance(message, Sentence) else Sentence(message)
    return translated(sentence, partial(in_words_of, plugin))
