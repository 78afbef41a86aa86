"""B15, R26: a memo that is typed during a call is kept at once; plugins hear of it when the typing has rested."""

from __future__ import annotations

from datetime import timedelta

import pytest
from app_fixture import Site
from sqlalchemy import select, update

from host.call_errors import CallNotFound, MemoConflict, MemoInvalid, MemoTooLong
from host.memos import LONGEST_MEMO, NEVER_ENDED, RESTED, Written, keep_memo, save_memo, tell_kept_memos
from host.plugin_api.events import MemoOrigin
from host.storage.call_notes import versioned_memo_of
from host.storage.tables import facts, memos

BY = "agent@example.com"


def typed(text: str, *items: str, seen: int | None = None) -> Written:
    return Written(text=text, items=items, by=BY, seen=seen)


def call_of(site: Site, kind: str = "call.ended", **call: object) -> str:
    assert site.send_event(kind, **call).status_code == 200
    return site.call_ids()[0]


def told(site: Site) -> list[dict[str, str]]:
    with site.services.database.reading() as connection:
        return list(connection.execute(select(facts.c.detail).where(facts.c.hook == "on_memo_saved")).scalars())


def let_rest(site: Site, by: timedelta = RESTED) -> None:
    with site.services.database.writing() as connection:
        for call_id, tell_at in connection.execute(select(memos.c.call_id, memos.c.tell_at)).all():
            if tell_at:
                connection.execute(update(memos).where(memos.c.call_id == call_id).values(tell_at=tell_at - by))


def test_b15_every_pause_is_kept_and_the_plugins_are_told_once_when_the_typing_rests(site_anywhere: Site) -> None:
    site = site_anywhere
    call_id = call_of(site)
    assert keep_memo(site.services, call_id, typed("Ca", seen=0)) == 1
    assert keep_memo(site.services, call_id, typed("Call back", seen=1)) == 2
    assert keep_memo(site.services, call_id, typed("Call back", seen=2)) == 2
    assert tell_kept_memos(site.services) == 0
    assert told(site) == []
    let_rest(site)
    assert tell_kept_memos(site.services) == 1
    assert tell_kept_memos(site.services) == 0
    assert told(site) == [{"origin": "phone"}]


def test_b15_a_memo_typed_during_a_call_waits_for_its_end_unless_nobody_ever_tells_of_it(site_anywhere: Site) -> None:
    site = site_anywhere
    call_id = call_of(site, "call.ringing", ended_at=None, outcome=None)
    keep_memo(site.services, call_id, typed("書きかけ", seen=0))
    let_rest(site)
    assert tell_kept_memos(site.services) == 0
    site.send_event("call.ended")
    assert tell_kept_memos(site.services) == 1
    unheard = call_of(site, "call.ringing", id="testpbx-2", ended_at=None, outcome=None)
    keep_memo(site.services, unheard, typed("x", seen=0))
    let_rest(site, RESTED + NEVER_ENDED + timedelta(seconds=1))
    assert tell_kept_memos(site.services) == 1


def test_r26_saving_tells_at_once_and_not_again(site_anywhere: Site) -> None:
    site = site_anywhere
    call_id = call_of(site)
    keep_memo(site.services, call_id, typed("a", seen=0))
    save_memo(site.services, call_id, text="ab", items=(), origin=MemoOrigin.PHONE, by=BY, expected_version=1)
    let_rest(site)
    assert tell_kept_memos(site.services) == 0
    assert told(site) == [{"origin": "phone"}]


def test_b15_typing_over_what_somebody_else_wrote_changes_nothing(site_anywhere: Site) -> None:
    site = site_anywhere
    call_id = call_of(site)
    save_memo(site.services, call_id, text="theirs", items=(), origin=MemoOrigin.HISTORY, by="other@example.com")
    with pytest.raises(MemoConflict) as conflict:
        keep_memo(site.services, call_id, typed("mine", seen=0))
    assert conflict.value.version == 1
    with site.services.database.reading() as connection:
        kept = versioned_memo_of(connection, call_id)
    assert kept is not None
    assert (kept.memo.text, kept.memo.saved_by) == ("theirs", "other@example.com")


def test_b15_what_was_kept_although_its_answer_was_lost_is_no_conflict_when_it_is_sent_again(site_anywhere: Site) -> None:
    site = site_anywhere
    call_id = call_of(site)
    assert keep_memo(site.services, call_id, typed("Call back", seen=0)) == 1
    assert keep_memo(site.services, call_id, typed("Call back", seen=0)) == 1


@pytest.mark.parametrize(
    ("written", "error"),
    [
        (typed("x" * (LONGEST_MEMO + 1)), MemoTooLong),
        (typed("a\0b"), MemoInvalid),
        (typed("", "no such item"), MemoInvalid),
    ],
)
def test_b15_bad_input_is_refused(site: Site, written: Written, error: type[Exception]) -> None:
    call_id = call_of(site)
    with pytest.raises(error):
        keep_memo(site.services, call_id, written)
    with pytest.raises(CallNotFound):
        keep_memo(site.services, "nope", typed("x"))
    with site.services.database.reading() as connection:
        assert versioned_memo_of(connection, call_id) is None
