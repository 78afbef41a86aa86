"""What an import would change, told before anything is written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugins.contacts.domain.import_file import ImportedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The two names of an entry."""

    company: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row that writes something: `before` is None for a new entry."""

    line: int
    number: str
    before: Names | None
    after: Names


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """The rows by what they do. `fingerprint` is the same as long as the plan is."""

    new: tuple[Change, ...]
    changed: tuple[Change, ...]
    unchanged: int
    fingerprint: str

    @property
    def writes(self) -> tuple[Change, ...]:
        return (*self.new, *self.changed)


def plan_import(rows: Iterable[ImportedRow], present: Mapping[str, Names]) -> ImportPlan:
    """Hold the rows of a file against the entries there are."""
    changes = [_change(row, present.get(row.number)) for row in rows]
    new = tuple(change for change in changes if change.before is None)
    changed = tuple(change for change in changes if change.before not in (None, change.after))
    return ImportPlan(
        new=new,
        changed=changed,
        unchanged=len(changes) - len(new) - len(changed),
        fingerprint=_fingerprint((*new, *changed)),
    )


def _change(row: ImportedRow, before: Names | None) -> Change:
    kept = before or Names(company="", person="")
    after = Names(
        company=kept.company if row.company is None else row.company,
        person=kept.person if row.person is None else row.person,
    )
    return Change(line=row.line, number=row.number, before=before, after=after)


def _fingerprint(changes: Iterable[Change]) -> str:
    digest = hashlib.sha256()
    for change in changes:
        digest.update(repr(change).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
