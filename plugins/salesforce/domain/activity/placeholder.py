"""The placeholders of the subject's and the comment's template, and where a template uses one that does not exist (R25)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from plugins.salesforce.wording import N_


class Placeholder(StrEnum):
    """What may stand in braces."""

    MEMO = "MEMO"
    SUMMARY = "SPEECH_RECOGNITION_SUMMARY"
    TRANSCRIPT = "SPEECH_RECOGNITION"
    CALL_TYPE = "CALL_TYPE"
    DIAL_STARTED_AT = "DIAL_STARTED_AT"
    TALK_STARTED_AT = "TALK_STARTED_AT"
    ENDED_AT = "ENDED_AT"
    TALK_SECONDS = "TALK_SECONDS"
    CALL_URL = "CALL_URL"
    USER_NAME = "USER_NAME"
    NUMBER = "NUMBER"
    COMPANY = "COMPANY"
    PERSON = "PERSON"

    @property
    def written(self) -> str:
        """As it stands in a template."""
        return f"{{{self.value}}}"


TITLES: Mapping[Placeholder, str] = {
    Placeholder.MEMO: N_("Memo"),
    Placeholder.SUMMARY: N_("Summary of the speech analysis"),
    Placeholder.TRANSCRIPT: N_("Transcript of the speech analysis"),
    Placeholder.CALL_TYPE: N_("Call type"),
    Placeholder.DIAL_STARTED_AT: N_("Start of dialling"),
    Placeholder.TALK_STARTED_AT: N_("Start of the talk"),
    Placeholder.ENDED_AT: N_("End of the call"),
    Placeholder.TALK_SECONDS: N_("Talk time in seconds"),
    Placeholder.CALL_URL: N_("Link to the call’s page"),
    Placeholder.USER_NAME: N_("Name of the user here"),
    Placeholder.NUMBER: N_("Telephone number"),
    Placeholder.COMPANY: N_("Company"),
    Placeholder.PERSON: N_("Person"),
}
"""What a person sees on the placeholder's button."""

NAMES = frozenset(placeholder.value for placeholder in Placeholder)
_USED = re.compile(r"\{([A-Z_]+)\}")
_CLOSED = re.compile(r"\{([ \t\u3000]*)([A-Za-z][A-Za-z0-9_]*)([ \t\u3000]*)\}")
_OPEN = re.compile(r"\{([A-Z][A-Z0-9_]+)(?![A-Za-z0-9_]|[ \t\u3000]*\})")


class Slip(StrEnum):
    """What is wrong with something in braces."""

    UNKNOWN = "unknown"
    UNCLOSED = "unclosed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSlip:
    """A place in a template that cannot be meant so. `line` and `column` count from 1, `meant` is "" or a placeholder."""

    slip: Slip
    text: str
    line: int
    column: int
    meant: str = ""


def pieces(template: str) -> Iterator[str | Placeholder]:
    """The template's texts and placeholders in their order; other braces are text."""
    parts = _USED.split(template)
    for position, part in enumerate(parts):
        is_name = position % 2 == 1
        if is_name and part in NAMES:
            yield Placeholder(part)
        else:
            yield f"{{{part}}}" if is_name else part


def slips_in(template: str) -> tuple[TemplateSlip, ...]:
    """The unknown and the unclosed placeholders, in their order.

    Braces around anything but one ASCII word are literal. A known name with blanks around it, or in small letters, is
    pointed out too, for it would otherwise be written into Salesforce as it stands.
    """
    unknown = (_slip(Slip.UNKNOWN, template, found) for found in _CLOSED.finditer(template) if _is_slip(found))
    unclosed = (_slip(Slip.UNCLOSED, template, found) for found in _OPEN.finditer(template))
    return tuple(sorted((*unknown, *unclosed), key=lambda slip: (slip.line, slip.column)))


def _is_slip(found: re.Match[str]) -> bool:
    blank = bool(found[1] or found[3])
    return found[2].upper() in NAMES if blank else found[2] not in NAMES


def _slip(slip: Slip, template: str, found: re.Match[str]) -> TemplateSlip:
    before, text = template[: found.start()], found[0]
    name = text.strip("{} \t\u3000").upper()
    return TemplateSlip(
        slip=slip,
        text=text,
        line=before.count("\n") + 1,
        column=len(before) - (before.rfind("\n") + 1) + 1,
        meant=Placeholder(name).written if name in NAMES else _nearest(name),
    )


def _nearest(name: str) -> str:
    """The placeholder a misspelt name may be meant for."""
    close = get_close_matches(name, NAMES, n=1, cutoff=0.8)
    return Placeholder(close[0]).written if close else ""
