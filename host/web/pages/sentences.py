"""Says a sentence of the use cases in the language of the page."""

from __future__ import annotations

from flask_babel import gettext

from host.sentences import translated


def said(message: str) -> str:
    """The sentence in the page's language; a text without a translation as it is."""
    text = translated(message, gettext)
    return gettext(text) if text and text is message else text
