"""Which record a call was matched with, and why: the page "why this record?" (B1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from host.plugin_api.calls import RecordRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A record that holds the number. `field` is the phone field that does; `verdict`: why it won or lost."""

    record: RecordRef
    name: str
    company: str = ""
    field: str = ""
    modified_at: datetime | None = None
    chosen: bool = False
    verdict: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The answer of one look-up. `record` is None when nothing matched; `rule` is the sentence that decided.

    `tried` lists the written forms of the number that were searched for, `steps` what was asked in which order. `rule`,
    `steps` and `verdict` are shown in the viewer's language by the plugin's catalogue; those with values as a `Sentence`.
    """

    record: RecordRef | None
    company: str = ""
    person: str = ""
    url: str = ""
    rule: str = ""
    tried: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    api_calls: int = 0
