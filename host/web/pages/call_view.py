"""Gathers what the page of one call shows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import Connection

from host.delivery.dialling import CLICK, DIALLING_FAILED, NEVER_TOLD, STOPPED
from host.delivery.views import DeliveryView, MatchView, deliveries_of, match_of
from host.domain.call_report import CallState
from host.domain.settlement import UNFINISHED, DeliveryState
from host.plugin_api import Analysis, ContactEntry
from host.security.users import user_with_email
from host.services import Services
from host.storage.call_notes import VersionedMemo, analysis_of, memo_labels, versioned_memo_of
from host.storage.history import CallRow, get_row

CALM = frozenset({DeliveryState.PARKED, DeliveryState.RETRYING})


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """One call with everything around it."""

    row: CallRow
    entry: ContactEntry | None
    memo: VersionedMemo | None
    labels: Sequence[str]
    analysis: Analysis | None
    deliveries: Sequence[DeliveryView]
    matches: Sequence[MatchView]
    memo_writer: str = ""
    undialled: str = ""
    undialled_by: str = ""
    """Why the call was not made: what the plugin that dials says, else the host."""

    @property
    def busy(self) -> bool:
        """Whether something is going on now that the page should follow closely."""
        working = any(DeliveryState(one.state) in UNFINISHED - CALM for one in self.deliveries)
        return working or self.row.state is not CallState.ENDED

    @property
    def item_labels(self) -> list[str]:
        """The memo items to tick: those in use, and those ticked before they were taken out of use."""
        ticked = self.memo.memo.items if self.memo else ()
        return list(dict.fromkeys([*self.labels, *ticked]))

    def version(self, part: str) -> str:
        """A text that changes when what a part of the page shows changes."""
        shown = {
            "head": (self.row, self.entry, self.undialled),
            "contact": (self.row.call.number, self.row.call.clicked_record, self.entry),
            "course": (self.row,),
            "analysis": (self.analysis,),
            "deliveries": (self.deliveries, self.busy),
            "why": (self.matches,),
            "poller": (self.busy,),
        }
        whole = tuple(shown.values()) if part == "all" else shown[part]
        return hashlib.sha256(repr((whole, get_locale())).encode()).hexdigest()[:16]


def call_view(services: Services, call_id: str) -> CallView | None:
    """The call and everything around it; None if there is no such call."""
    with services.database.reading() as connection:
        row = get_row(connection, call_id)
        if row is None:
            return None
        memo = versioned_memo_of(connection, call_id)
        done = deliveries_of(connection, call_id)
        undialled, undialled_by = _undialled(services, row, done)
        return CallView(
            row=row,
            entry=_entry(services, row),
            memo=memo,
            memo_writer=writer_name(connection, memo.memo.saved_by) if memo else "",
            labels=memo_labels(connection),
            analysis=analysis_of(connection, call_id),
            deliveries=done,
            undialled=undialled,
            undialled_by=undialled_by,
            matches=match_of(connection, call_id),
        )


def _undialled(services: Services, row: CallRow, done: Sequence[DeliveryView]) -> tuple[str, str]:
    """Why the call was not made, and the plugin whose sentence that is."""
    if row.hangup_text not in (DIALLING_FAILED, NEVER_TOLD):
        return "", ""
    clicks = [one for one in done if one.hook == CLICK and services.dialling.dials(one.plugin) and one.state in STOPPED]
    return next(((one.message, one.plugin) for one in clicks if one.message), (row.hangup_text, ""))


def writer_name(connection: Connection, audit_name: str) -> str:
    """The person's name; a token, and who is not a user any more, as it was written down."""
    user = user_with_email(connection, audit_name)
    return user.name if user else audit_name


def _entry(services: Services, row: CallRow) -> ContactEntry | None:
    number = row.call.number
    return services.registry.contact_book().entries({number}).get(number) if number else None


def heading(entry: ContactEntry | None) -> str:
    """Who the call was with: the person, else the company, else nothing."""
    if entry and entry.person and entry.company and entry.person != entry.company:
        return str(_("%(person)s, %(company)s", person=entry.person, company=entry.company))
    return (entry.person or entry.company) if entry else ""
