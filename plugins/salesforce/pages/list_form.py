"""The form that adds to the list of numbers, beginnings and lines that are never sent to Salesforce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext as _

from plugins.salesforce.do_not_sync import MOST_ENTRIES, Entry
from plugins.salesforce.domain.do_not_sync import Excluded
from plugins.salesforce.domain.listing import read_value

LONGEST_NOTE = 200
LONGEST_TEXT = MOST_ENTRIES * 40
MOST_ERRORS = 5
LONGEST_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ListForm:
    """What was typed, read and checked: the values in their order, each once."""

    kind: Excluded = Excluded.NUMBER
    values: tuple[str, ...] = ()
    note: str = ""
    errors: Mapping[str, list[str]] = field(default_factory=dict)

    def entries(self, by: str, at: datetime) -> list[Entry]:
        return [Entry(kind=self.kind, value=value, note=self.note, added_by=by, added_at=at) for value in self.values]


def read_list_form(form: Mapping[str, str], region: str) -> ListForm:
    note = " ".join(form.get("note", "").split())
    kinds = [kind for kind in Excluded if kind == form.get("kind")]
    if not kinds:
        return ListForm(note=note, errors={"kind": [_("Choose one of the list.")]})
    values, wrong = _read_values(form.get("values", ""), kinds[0], region)
    errors = {"values": wrong} if wrong else {}
    if len(note) > LONGEST_NOTE or not note.isprintable():
        errors["note"] = [_("Write at most %(most)s characters, without control characters.", most=LONGEST_NOTE)]
    return ListForm(kind=kinds[0], values=values, note=note, errors=errors)


def _read_values(text: str, kind: Excluded, region: str) -> tuple[tuple[str, ...], list[str]]:
    lines = text.splitlines() if len(text) <= LONGEST_TEXT else []
    typed = {place: line.strip() for place, line in enumerate(lines, 1) if line.strip()}
    if len(text) > LONGEST_TEXT or len(typed) > MOST_ENTRIES:
        return (), [_("The list holds at most %(most)s entries.", most=MOST_ENTRIES)]
    if not typed:
        return (), [_("Enter at least one.")]
    read = {place: read_value(kind, line, region) for place, line in typed.items()}
    wrong = [_wrong(kind, place, typed[place]) for place, value in read.items() if value is None]
    more = [_("%(count)s more lines cannot be read.", count=len(wrong) - MOST_ERRORS)] if len(wrong) > MOST_ERRORS else []
    return tuple(dict.fromkeys(filter(None, read.values()))), wrong[:MOST_ERRORS] + more


def _wrong(kind: Excluded, place: int, text: str) -> str:
    sentences = {
        Excluded.NUMBER: _("Line %(line)s: “%(text)s” is no telephone number that could be looked up."),
        Excluded.PREFIX: _(
            "Line %(line)s: “%(text)s” is no beginning of telephone numbers. Write it like 050, 0120 or +86."
        ),
        Excluded.LINE: _("Line %(line)s: “%(text)s” is no name of a line."),
    }
    return str(sentences[kind]) % {"line": place, "text": text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"}
