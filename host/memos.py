"""Memos: saved by a person, or kept as they are typed; of those the plugins hear when the typing has rested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, or_, select, update

from host.call_errors import MemoConflict, MemoInvalid, MemoTooLong
from host.call_touch import touch_call
from host.domain.call_report import CallState
from host.plugin_api.calls import Memo
from host.plugin_api.events import MemoOrigin
from host.sentences import Sentence
from host.services import Services
from host.storage.call_notes import memo_labels, put_memo, versioned_memo_of
from host.storage.tables import calls, memos
from host.telephony.fields import is_storable

LONGEST_MEMO = 20_000
RESTED = timedelta(seconds=20)
"""How long nobody typed before the plugins hear of a memo that was kept while it was typed."""
NEVER_ENDED = timedelta(hours=1)
"""So long a typed memo waits for its call to end, in case nobody ever tells of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A memo as a person has it. `seen` is the version its writer saw: 0 for none, None to write whatever there is."""

    text: str
    items: Sequence[str]
    by: str
    seen: int | None = None


def save_memo(
    services: Services,
    call_id: str,
    *,
    text: str,
    items: Sequence[str],
    origin: MemoOrigin,
    by: str,
    expected_version: int | None = None,
) -> int:
    """Save the memo of a call; gives back its new version. `expected_version` is the one its writer saw, 0 for none.

    Raises:
        CallNotFound, MemoTooLong, MemoInvalid: nothing was written.
        MemoConflict: somebody saved another version since; nothing was written.
    """
    _check_text(text)
    with services.database.writing() as connection:
        version = _write(connection, services, call_id, Written(text=text, items=items, by=by, seen=expected_version))
        services.publisher.publish(connection, call_id, "on_memo_saved", {"origin": origin.value})
    return version


def keep_memo(services: Services, call_id: str, written: Written) -> int:
    """Keep a memo that is still being typed; gives back its new version.

    Nothing is lost and everybody sees it, but each pause of a typist costs no CRM a request: the plugins are told once
    the call is over and nobody has typed for `RESTED`. A memo that stands there already changes nothing, whichever version
    its writer saw: it may be sent again because the answer was lost.

    Raises:
        As `save_memo`.
    """
    _check_text(written.text)
    with services.database.writing() as connection:
        known = versioned_memo_of(connection, call_id)
        if known and _same(known.memo, written):
            return known.version
        return _write(connection, services, call_id, written, tell_at=services.clock() + RESTED)


def tell_kept_memos(services: Services) -> int:
    """Tell the plugins of typed memos that have rested; gives back of how many. Safe to be done by several at once."""
    now = services.clock()
    with services.database.reading() as connection:
        due = connection.execute(_due(now)).all()
    return sum(_tell(services, row.call_id, row.tell_at) for row in due)


def _tell(services: Services, call_id: str, tell_at: datetime) -> bool:
    """Only whoever clears the mark tells; not if somebody typed on, or saved it, meanwhile."""
    mine = update(memos).where(memos.c.call_id == call_id, memos.c.tell_at == tell_at).values(tell_at=None)
    with services.database.writing() as connection:
        if not connection.execute(mine).rowcount:
            return False
        services.publisher.publish(connection, call_id, "on_memo_saved", {"origin": MemoOrigin.PHONE.value})
    return True


def _due(now: datetime) -> Select[tuple[str, datetime]]:
    over = or_(calls.c.state == CallState.ENDED.value, memos.c.tell_at < now - NEVER_ENDED)
    joined = memos.join(calls, calls.c.id == memos.c.call_id)
    return select(memos.c.call_id, memos.c.tell_at).select_from(joined).where(memos.c.tell_at <= now, over)


def _write(
    connection: Connection, services: Services, call_id: str, written: Written, *, tell_at: datetime | None = None
) -> int:
    touch_call(connection, services, call_id)
    known = versioned_memo_of(connection, call_id)
    version = known.version if known else 0
    if written.seen is not None and written.seen != version:
        raise MemoConflict(
            Sentence("Somebody else saved this memo while you were writing. Look at theirs, then save yours again."), version
        )
    _check_items(connection, written.items, known.memo.items if known else ())
    items = tuple(dict.fromkeys(written.items))
    memo = Memo(text=written.text, items=items, saved_at=services.clock(), saved_by=written.by)
    put_memo(connection, call_id, memo, version=version + 1, tell_at=tell_at)
    return version + 1


def _same(memo: Memo, written: Written) -> bool:
    return memo.text == written.text and memo.items == tuple(dict.fromkeys(written.items))


def _check_items(connection: Connection, items: Sequence[str], before: Sequence[str]) -> None:
    allowed = {*memo_labels(connection), *before}
    unknown = [item for item in items if item not in allowed]
    if unknown:
        raise MemoInvalid(
            Sentence("There is no memo item “%(label)s”. Choose from the list of memo items.", label=unknown[0][:100])
        )


def _check_text(text: str) -> None:
    if len(text) > LONGEST_MEMO:
        most, has = f"{LONGEST_MEMO:,}", f"{len(text):,}"
        raise MemoTooLong(Sentence("A memo may have up to %(most)s characters; this one has %(has)s.", most=most, has=has))
    if not is_storable(text):
        raise MemoInvalid(Sentence("A memo may not hold NUL characters or halves of surrogate pairs."))
