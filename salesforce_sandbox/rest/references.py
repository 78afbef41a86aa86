"""``@{part.path}`` in a composite part: values of the replies before it."""

from __future__ import annotations

import re
from typing import Any

from salesforce_sandbox.errors import SalesforceError

_REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.[A-Za-z0-9_]+|\[\d{1,4}\])*)\}")
_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]")


def resolve(value: Any, replies: dict[str, Any]) -> Any:
    """Return ``value`` with every reference replaced. Raises PROCESSING_HALTED where there is no value."""
    if isinstance(value, dict):
        return {key: resolve(inner, replies) for key, inner in value.items()}
    if isinstance(value, list):
        return [resolve(inner, replies) for inner in value]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole is not None:
        return _value(whole, replies)
    return _REFERENCE.sub(lambda match: str(_value(match, replies)), value)


def _value(match: re.Match[str], replies: dict[str, Any]) -> Any:
    place = replies.get(match[1])
    for name, index in _STEP.findall(match[2]):
        place = _step(place, name, index)
    if place is None or isinstance(place, (dict, list)):
        path = f"{match[1]}{match[2]}"
        message = f"Invalid reference specified. No value for {path} found in {match[1]}"
        raise SalesforceError(400, "PROCESSING_HALTED", message)
    return place


def _step(place: Any, name: str, index: str) -> Any:
    if name:
        return place.get(name) if isinstance(place, dict) else None
    return place[int(index)] if isinstance(place, list) and int(index) < len(place) else None
