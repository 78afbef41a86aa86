"""Why work is stopped, as a short key: the same for all work that is stopped by the same thing (R31, B5)."""

from __future__ import annotations

import hashlib
import re

from host.domain.settlement import DeliveryState
from host.sentences import Sentence, Value

STOPPED = (DeliveryState.FAILED, DeliveryState.PARKED, DeliveryState.RETRYING)
GOING = (DeliveryState.WAITING, DeliveryState.RUNNING)
OWN_WAY = ("retrying", "disabled", "set_aside")
"""The kinds that are no error: tried again by themselves, or put on hold by an admin's own act."""
_FINGERPRINT = 16
_OWN_WORD = re.compile(r"\S*\d\S*")  # a number, an id, a date: what makes two texts of one cause differ
_LEFT_OUT = "…"


def reason_of(state: str, parked_for: str | None, message: str) -> str:
    """The key of what stopped a delivery or a run; "" if nothing did.

    It names the kind ("failed", "retrying", "reauthorise", "configure", "disabled") and a fingerprint of the sentence
    without its values, of another text without the words that hold a digit: "failed-9f86d081884c7d65".
    """
    if state not in STOPPED:
        return ""
    fingerprint = hashlib.sha256(_shape(message).encode("utf-8", "replace")).hexdigest()[:_FINGERPRINT]
    return f"{parked_for or state}-{fingerprint}"


def kind_of(reason: str) -> str:
    """The kind a key begins with."""
    return reason.partition("-")[0]


def general(message: str) -> str:
    """The sentence with … in place of its values, a text with … in place of the words that hold a digit."""
    if not isinstance(message, Sentence):
        return _OWN_WORD.sub(_LEFT_OUT, message)
    try:
        return Sentence(message.template, **{name: _general(value) for name, value in message.values.items()})
    except (KeyError, TypeError, ValueError):  # its places take numbers only
        return message


def _general(value: Value) -> Value:
    if isinstance(value, Sentence):
        return general(value)
    if isinstance(value, tuple) and any(isinstance(part, Sentence) for part in value):
        return tuple(dict.fromkeys(map(_general, value)))
    return _LEFT_OUT


def _shape(value: Value) -> str:
    """What stays the same whatever the values are: templates, also those of sentences within the sentence."""
    if isinstance(value, Sentence):
        return "\x1f".join([value.template, *map(_inner, value.values.values())])
    return _OWN_WORD.sub("", value) if isinstance(value, str) else ""


def _inner(value: Value) -> str:
    if isinstance(value, tuple):
        return "\x1f".join(dict.fromkeys(shape for part in value if (shape := _inner(part))))
    return _shape(value) if isinstance(value, Sentence) else ""
