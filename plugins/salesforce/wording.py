"""Sentences for people: written in English where they arise, translated where they are shown."""

from __future__ import annotations

from collections.abc import Mapping


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Marks a text for the catalogue; the text itself stays English."""
    return text


OBJECT_NAMES: Mapping[str, str] = {"Contact": N_("Contact"), "Account": N_("Account"), "Lead": N_("Lead")}
"""What one record of an object is called."""
