"""Reads the form of a plugin's settings into raw values for its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from host.domain.visible_text import visible_line
from host.plugin_settings.fields import Kind, SettingsField


def raw_values(fields: tuple[SettingsField, ...], form: Mapping[str, str]) -> dict[str, Any]:
    """What was typed. A secret that is left blank is left out, and so is an empty box that has to be filled."""
    raw: dict[str, Any] = {}
    for one in fields:
        typed = form.get(one.name, "")
        if one.kind is Kind.CHECKBOX:
            raw[one.name] = one.name in form
        elif one.kind is Kind.LINES:
            raw[one.name] = [line for line in map(_line, typed.splitlines()) if line]
        elif one.kind is Kind.SECRET:
            raw.update({one.name: typed} if typed else {})
        elif text := _line(typed):
            raw[one.name] = text
        elif one.kind is Kind.TEXT and not one.required:
            raw[one.name] = ""
    return raw


def _line(typed: str) -> str:
    return visible_line(typed).strip()
