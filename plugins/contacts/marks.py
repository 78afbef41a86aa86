"""Marks texts for this package's catalogue; they are translated where they are shown."""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802 - the name by which translators' tools find a text
    """The text itself."""
    return text
