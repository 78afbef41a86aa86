"""R29, B12: an update changes only what is ours, and only while Salesforce still holds what we wrote."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from plugins.salesforce.domain.activity.length import cut, length
from plugins.salesforce.domain.activity.marked import BEGIN, END, Room, merged_comment, quoted, taken_apart
from plugins.salesforce.domain.activity.merge import merge, must_be_read, new_task, same
from plugins.salesforce.domain.activity.placeholder import Placeholder
from plugins.salesforce.domain.activity.template import comment_of

ROOM = Room(limit=32_000, more="https://pbx.example/calls/1")
ALICE, BOB = "005000000000001AAA", "005000000000002AAA"


def marked(ours: str) -> str:
    return f"{BEGIN}\n{ours}\n{END}"


def taken(last: Any, wanted: Any) -> dict[str, Any]:
    return {"taken": True, "last": last, "wanted": wanted}


@pytest.mark.parametrize(
    ("desired", "written", "current", "changes"),
    [
        pytest.param("new", "old", "old", {"Subject": "new"}, id="still ours"),
        pytest.param("old", "old", "old", {}, id="nothing new"),
        pytest.param("old", "old", "theirs", {}, id="theirs, nothing new"),
        pytest.param("new", "old", "theirs", {}, id="theirs, although we have something new"),
        pytest.param("new", "old", "new", {}, id="a person wrote the same"),
        pytest.param("new", "old", None, {}, id="a person emptied it"),
        pytest.param(None, "old", "old", {"Subject": None}, id="to be emptied"),
        pytest.param("new", None, None, {"Subject": "new"}, id="was empty and still is"),
        pytest.param("new", None, "theirs", {}, id="was empty, a person filled it"),
        pytest.param("new", "old", "old\r\n", {"Subject": "new"}, id="in Salesforce's own spelling"),
        pytest.param(95, 90, 90.0, {"Subject": 95}, id="a number"),
        pytest.param(90, 90, 90.0, {}, id="the same number"),
    ],
)
def test_b12_one_field(desired, written, current, changes):
    merged = merge({"Subject": desired}, {"Subject": written}, {"Subject": current}, room=ROOM)
    assert merged.changes == changes


def test_b12_a_field_never_written_is_filled_only_while_it_is_empty():
    desired = {"Kind__c": "new"}
    assert merge(desired, {}, {"Kind__c": None}, room=ROOM).changes == desired
    assert merge(desired, {}, {"Kind__c": "theirs"}, room=ROOM).changes == {}
    assert merge(desired, {}, None, room=ROOM).changes == {}
    assert must_be_read(desired, {})
    assert not must_be_read({"Kind__c": None}, {})


def test_b12_a_field_taken_over_stays_theirs_in_later_updates_that_do_not_read_it():
    first = merge({"Subject": "b", "Status": "x"}, {"Subject": "a", "Status": "y"},
                  {"Subject": "theirs", "Status": "y"}, room=ROOM)  # fmt: skip
    assert first.changes == {"Status": "x"}
    assert first.written == {"Subject": taken("a", "b"), "Status": "x"}
    again = merge({"Subject": "b", "Status": "z"}, first.written, None, room=ROOM)
    assert again.changes == {"Status": "z"}
    assert not must_be_read({"Subject": "b", "Status": "z"}, first.written), "they keep it, and we have nothing new to say"
    assert must_be_read({"Subject": "c", "Status": "z"}, first.written)
    assert merge({"Subject": "c"}, first.written, None, room=ROOM).changes == {}


def test_b12_a_field_is_ours_again_when_it_holds_what_we_wrote():
    written = {"Subject": taken("a", "b")}
    assert merge({"Subject": "c"}, written, {"Subject": "a"}, room=ROOM).changes == {"Subject": "c"}


def test_b12_what_is_gone_from_the_settings_is_left_as_it_is():
    merged = merge({"Subject": "b"}, {"Subject": "a", "Old__c": "x"}, {"Subject": "a", "Old__c": "x"}, room=ROOM)
    assert merged.changes == {"Subject": "b"}
    assert merged.written == {"Subject": "b", "Old__c": "x"}


def test_r29_what_salesforce_takes_only_once_is_never_sent_again():
    assert merge({"TaskSubtype": "Call"}, {}, {"TaskSubtype": "Task"}, room=ROOM).changes == {}
    assert not must_be_read({"TaskSubtype": "Call"}, {})
    assert new_task({"TaskSubtype": "Call", "WhoId": None, "Subject": "s"}) == {"TaskSubtype": "Call", "Subject": "s"}


@pytest.mark.parametrize(
    ("current", "changes"),
    [
        ({"WhoId": "003A", "WhatId": None}, {"WhoId": None, "WhatId": "001B"}),
        ({"WhoId": "00QX", "WhatId": None}, {}),
        ({"WhoId": "003A", "WhatId": "006O"}, {}),
        ({"WhoId": None, "WhatId": "001B"}, {}),
    ],
)
def test_r27_b12_links_are_changed_together_or_not_at_all(current, changes):
    """A person who hung the Task on a Lead or an Opportunity must not get our Account beside it."""
    merged = merge({"WhoId": None, "WhatId": "001B"}, {"WhoId": "003A", "WhatId": None}, current, room=ROOM)
    assert merged.changes == changes


def test_ids_are_the_same_in_their_short_form():
    assert same("OwnerId", ALICE, ALICE[:15])
    assert not same("OwnerId", ALICE, BOB[:15])
    assert not same("Subject", ALICE, ALICE[:15])


@pytest.mark.parametrize(("current", "sent", "changes"), [
    pytest.param("sent", ["sent"], {"Subject": "new"}, id="it had arrived"),
    pytest.param("old", ["sent"], {"Subject": "new"}, id="it had not"),
    pytest.param("first", ["first", "second"], {"Subject": "new"}, id="an earlier one had"),
    pytest.param("theirs", ["sent"], {}, id="a person came after it"),
])  # fmt: skip
def test_r29_an_update_whose_answer_was_lost_is_known_again(current, sent, changes):
    lost = [{"Subject": one} for one in sent]
    assert must_be_read({"Subject": "new"}, {"Subject": "old"}, lost)
    merged = merge({"Subject": "new"}, {"Subject": "old"}, {"Subject": current}, sent=lost, room=ROOM)
    assert merged.changes == changes


@pytest.mark.parametrize(
    ("ours", "written", "current", "text"),
    [
        pytest.param("new", "old", "old", "new", id="untouched"),
        pytest.param("new", "", "", "new", id="was empty"),
        pytest.param("", "old", "old", "", id="nothing to say any more"),
        pytest.param("old", "old", "theirs", "theirs", id="nothing new"),
        pytest.param("new", "old", "theirs", f"theirs\n\n{marked('new')}", id="below theirs"),
        pytest.param("new", "old", "old and theirs", f"old and theirs\n\n{marked('new')}", id="below their change"),
        pytest.param("new", "old", "", marked("new"), id="they emptied it"),
        pytest.param("old", "old", "", "", id="they emptied it, nothing new"),
        pytest.param("new", "", "theirs", f"theirs\n\n{marked('new')}", id="we had nothing there yet"),
        pytest.param("new", f"theirs\n\n{marked('old')}", f"theirs\n\n{marked('old')}", f"theirs\n\n{marked('new')}",
                     id="only our part"),
        pytest.param("new", f"a\n\n{marked('old')}", f"b\n\n{marked('old')}\nbelow", f"b\n\n{marked('new')}\nbelow",
                     id="they went on around it"),
        pytest.param("old", f"a\n\n{marked('old')}", f"  b\n{marked('old')}", f"  b\n{marked('old')}",
                     id="not a blank moved"),
        pytest.param("new", f"a\n\n{marked('old')}", f"a\n\n{marked('old, theirs')}",
                     f"a\n\nold, theirs\n\n{marked('new')}", id="they wrote into our part"),
        pytest.param("old", f"a\n\n{marked('old')}", f"a\n\n{marked('old, theirs')}", f"a\n\n{marked('old, theirs')}",
                     id="they wrote into our part, nothing new"),
        pytest.param("new", f"a\n\n{marked('old')}", "a", f"a\n\n{marked('new')}", id="they removed our part"),
        pytest.param("old", f"a\n\n{marked('old')}", "a", "a", id="they removed our part, nothing new"),
        pytest.param("new", f"a\n\n{marked('old')}", f"a\n\n{BEGIN}\nold", f"a\n\n> {BEGIN}\nold\n\n{marked('new')}",
                     id="they removed the end of it"),
        pytest.param("new", f"a\n\n{marked('old')}", f"a\n\n{marked('old')}\n{marked('copy')}",
                     f"a\n\n{marked('new')}\n{quoted(marked('copy'))}", id="they made a part of their own"),
        pytest.param("", f"a\n\n{marked('old')}", f"a\n\n{marked('old')}", f"a\n\n{BEGIN}\n{END}", id="an empty part"),
        pytest.param("new", f"a\n\n{BEGIN}\n{END}", f"a\n\n{BEGIN}\n{END}", f"a\n\n{marked('new')}", id="filled again"),
        pytest.param("new", "old", "new", "new", id="the same as ours"),
    ],
)  # fmt: skip
def test_b12_the_comment(ours, written, current, text):
    assert merged_comment(ours, written, current, ROOM).text == text


def test_b12_a_mark_in_our_own_text_ends_nothing():
    values = dict.fromkeys(Placeholder, f"x\n {END}\ny")
    text = merged_comment(comment_of("{MEMO}", values, ROOM), "old", "theirs", ROOM).text
    assert taken_apart(text).ours == f"x\n> {END}\ny"
    assert merged_comment("new", text, text, ROOM).text == f"theirs\n\n{marked('new')}"


def test_b12_ours_is_cut_to_the_room_that_theirs_leaves():
    theirs, ours = "t" * 31_800, "A sentence of ours. " * 100
    text = merged_comment(ours, "old", theirs, ROOM).text
    assert text.startswith(theirs)
    assert length(text) <= ROOM.limit
    assert (taken_apart(text).ours or "").endswith(f"of ours.\n{ROOM.more}")
    assert merged_comment(ours, text, text, ROOM).text == text


def test_b12_a_comment_without_room_for_ours_is_left_alone():
    theirs = "t" * 31_980
    merged = merged_comment("ours " * 50, "old", theirs, ROOM)
    assert (merged.text, merged.ours) == (theirs, False)


def test_b12_line_breaks_in_salesforces_own_spelling_are_no_change():
    written = f"a\n\n{marked('old')}"
    merged = merge(
        {"Description": "new"}, {"Description": written}, {"Description": written.replace("\n", "\r\n")}, room=ROOM
    )
    assert merged.changes == {"Description": f"a\n\n{marked('new')}"}


def test_b12_a_lost_update_of_the_marked_part_is_known_again_although_a_person_went_on():
    written, sent = "old", f"theirs\n\n{marked('second')}"
    current = f"theirs and more\n\n{marked('second')}"
    merged = merge({"Description": "third"}, {"Description": written}, {"Description": current},
                   sent=[{"Description": sent}], room=ROOM)  # fmt: skip
    assert merged.changes == {"Description": f"theirs and more\n\n{marked('third')}"}


TEXTS = st.text(alphabet=st.sampled_from(f"ab \n。{BEGIN[0]}"), max_size=30) | st.sampled_from([BEGIN, END, marked("x"), ""])


class Story:
    """A Task in Salesforce, what we remember of it, and how both go on."""

    def __init__(self, ours: str, room: Room) -> None:
        self.room = room
        self.held = cut(quoted(ours.strip()), room.limit, more=room.more)
        self.written: dict[str, Any] = {"Description": self.held or None}
        self.clean = True

    def person_writes(self, text: str) -> None:
        self.held, self.clean = text.rstrip(), False

    def we_say(self, ours: str) -> dict[str, Any]:
        desired = {"Description": quoted(ours.strip()) or None}
        read = not self.clean or must_be_read(desired, self.written)
        merged = merge(desired, self.written, {"Description": self.held or None} if read else None, room=self.room)
        if "Description" in merged.changes:
            self.held = merged.changes["Description"] or ""
        self.written, self.clean = dict(merged.written), True
        return dict(merged.changes)


WORDS = st.lists(st.sampled_from(["one", "two", "three", "\n", "four。"]), max_size=4).map(" ".join)


@given(TEXTS, st.lists(st.tuples(st.booleans(), TEXTS | WORDS), max_size=8), st.sampled_from([120, 200, 32_000]))
def test_b12_whatever_happens_no_word_of_a_persons_is_lost_and_a_second_run_changes_nothing(first, steps, limit):
    story = Story(first, Room(limit=limit, more="url"))
    person: list[str] = []
    for is_person, text in steps:
        if is_person:
            story.person_writes(text + story.held if len(text) % 2 else f"{story.held}\n{text}")
            person += text.replace(BEGIN, "").replace(END, "").split()
        else:
            changed = story.we_say(text)
            assert not changed or length(story.held) <= limit
            assert story.we_say(text) == {}
        assert all(word in story.held for word in person)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_b12_a_persons_whole_text_stands_as_it_was_or_around_our_part(ours, later, theirs, again):
    assume(theirs.rstrip() != quoted(ours.strip()))
    story = Story(ours, ROOM)
    story.person_writes(theirs)
    for text in (later, again, later):
        story.we_say(text)
        kept = [line for line in theirs.rstrip().split("\n") if line.strip() not in ("", BEGIN, END)]
        rest = iter(story.held.split("\n"))
        assert all(line in rest for line in kept), "each of their lines, in their order"


@given(TEXTS, TEXTS)
def test_b12_our_last_words_are_always_there_below_a_persons(ours, later):
    assume(later.strip() and quoted(ours.strip()) != quoted(later.strip()))
    story = Story(ours, ROOM)
    story.person_writes("Called back.")
    story.we_say(later)
    assert story.held.startswith("Called back.")
    assert taken_apart(story.held).ours == quoted(later.strip())
