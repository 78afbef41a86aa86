"""Brings a Task up to date without touching what a person changed in Salesforce (R29, B12).

What we wrote last is remembered field by field. A field is changed only while Salesforce still holds that; one that a person
has changed is theirs from then on, until it holds again what we wrote. Links go together: Salesforce allows no Lead beside
an Account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugins.salesforce.domain.activity.length import clean
from plugins.salesforce.domain.activity.marked import Room, merged_comment, taken_apart
from plugins.salesforce.domain.activity.task import CREATE_ONLY

Values = Mapping[str, Any]
COMMENT = "Description"
LINKS = ("WhoId", "WhatId")
_IDS = frozenset({*LINKS, "OwnerId"})
_SHORT_ID, _LONG_ID = 15, 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """`changes` is what to send, empty if nothing is to be done; `written` what to remember once Salesforce has taken it."""

    changes: Values
    written: Values


@dataclass(frozen=True, slots=True)
class _Step:
    """What becomes of one field: what to remember of it, and whether to send `value`."""

    remember: Any
    value: Any = None
    send: bool = False


def new_task(desired: Values) -> Values:
    """The body that makes a Task; what is remembered as written is all of `desired`."""
    return {name: value for name, value in desired.items() if value is not None}


def must_be_read(desired: Values, written: Values, sent: Sequence[Values] = ()) -> bool:
    """Whether the Task as it is must be known to bring it up to date.

    So it is after an answer that never came (`sent`), for a field of which we have never written anything, and where a
    person took a field over and we have something new to say.
    """
    return bool(sent) or any(_unsure(name, value, written) for name, value in desired.items() if name not in CREATE_ONLY)


def _unsure(name: str, value: Any, written: Values) -> bool:
    if name not in written:
        return not _empty(value)
    return _is_taken(written[name]) and not same(name, written[name]["wanted"], value)


def merge(
    desired: Values, written: Values, current: Values | None = None, *, sent: Sequence[Values] = (), room: Room
) -> Merged:
    """What to change.

    Args:
        desired: the fields as they should be. written: what was remembered last.
        current: the Task as it was read, or None: it holds what we wrote, which `If-Unmodified-Since` makes sure of. Fields
            it lacks are left alone.
        sent: the changes that were sent since, whose answers never came: Salesforce may hold any of them.
        room: what the comment's field holds.
    """
    known = written if current is None else _settled(written, sent, current)
    wanted = {name: value for name, value in desired.items() if name not in CREATE_ONLY}
    if current is None:
        steps = {name: _unread(name, value, known, room) for name, value in wanted.items() if name in known}
    else:
        read = {name: _read(name, value, known, current, room) for name, value in wanted.items() if name in current}
        steps = _links_together(read, wanted, known)
    changes = {name: step.value for name, step in steps.items() if step.send}
    return Merged(changes=changes, written={**known, **{name: step.remember for name, step in steps.items()}})


def same(name: str, one: Any, other: Any) -> bool:
    """Whether two values of a field are the same to Salesforce: empty text is none, Ids have a short and a long form."""
    if _empty(one) or _empty(other):
        return _empty(one) and _empty(other)
    if isinstance(one, str) and isinstance(other, str):
        return _id(one) == _id(other) if name in _IDS else clean(one) == clean(other)
    return bool(one == other)


def _unread(name: str, value: Any, known: Values, room: Room) -> _Step:
    if _is_taken(known[name]):
        return _Step(known[name])
    return _read(name, value, known, {name: known[name]}, room)


def _read(name: str, value: Any, known: Values, current: Values, room: Room) -> _Step:
    if name == COMMENT:
        return _comment(value, known, current, room)
    now, last = current[name], _last(name, known)
    if name not in known and same(name, now, value):
        return _Step(value)
    if not same(name, now, last):
        return _taken(last, value)
    return _Step(value, value, send=not same(name, now, value))


def _comment(value: Any, known: Values, current: Values, room: Room) -> _Step:
    now, last = _text(current[COMMENT]), _text(_last(COMMENT, known))
    if COMMENT not in known and now == _text(value):
        return _Step(value)
    merged = merged_comment(_text(value), last, now, room)
    if not merged.ours:
        return _taken(last, value)
    text = merged.text or None
    return _Step(text, text, send=merged.text != now)


def _links_together(steps: Mapping[str, _Step], wanted: Values, known: Values) -> dict[str, _Step]:
    """If a person changed one link, the other is theirs as well."""
    links = [name for name in LINKS if name in steps]
    if not any(_is_taken(steps[name].remember) for name in links):
        return dict(steps)
    return {**steps, **{name: _taken(_last(name, known), wanted[name]) for name in links}}


def _settled(written: Values, sent: Sequence[Values], current: Values) -> Values:
    """What we wrote last, counting what was sent without an answer where Salesforce holds it."""
    known = dict(written)
    for changes in sent:
        known |= {name: value for name, value in changes.items() if name in current and _holds(name, current[name], value)}
    return known


def _holds(name: str, now: Any, value: Any) -> bool:
    if same(name, now, value):
        return True
    part = taken_apart(_text(value)).ours if name == COMMENT else None
    return part is not None and taken_apart(_text(now), part).ours == part


def _taken(last: Any, wanted: Any) -> _Step:
    return _Step({"taken": True, "last": last, "wanted": wanted})


def _is_taken(remembered: Any) -> bool:
    return isinstance(remembered, Mapping)


def _last(name: str, known: Values) -> Any:
    remembered = known.get(name)
    return remembered["last"] if isinstance(remembered, Mapping) else remembered


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _text(value: Any) -> str:
    return str(value or "").replace("\r\n", "\n").rstrip()


def _id(text: str) -> str:
    return text[:_SHORT_ID] if len(text) == _LONG_ID else text
