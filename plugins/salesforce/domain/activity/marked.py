"""Our part of a comment that a person has written into: below theirs, between two lines that mark it (B12)."""

from __future__ import annotations

from dataclasses import dataclass

from plugins.salesforce.domain.activity.length import clean, cut, length

BEGIN, END = "--- Tsunagu ---", "--- /Tsunagu ---"
_QUOTE = "> "
_LEAST = 40
"""With less room than this for ours, a comment is left as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a comment field holds. `more` is the line that follows our text where it is cut."""

    limit: int
    more: str = ""


def quoted(text: str) -> str:
    """A text of ours without a line that could be taken for a mark."""
    return "\n".join(_QUOTE + line.strip() if line.strip() in (BEGIN, END) else line for line in text.split("\n"))


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment taken apart. `ours` is what stands between the marks, None where there are none; the rest is a person's."""

    above: str
    ours: str | None = None
    below: str = ""

    def having(self, ours: str) -> str:
        """The comment with another text in our part, which begins below a person's text if it was not there.

        Marks in a person's text are quoted, so that never more than one part is ours.
        """
        above = self.above if self.ours is not None else f"{self.above.rstrip()}\n"
        parts = [quoted(above)] if above.strip() else []
        parts += [BEGIN, *([ours] if ours else []), END]
        parts += [quoted(self.below)] if self.below else []
        return "\n".join(parts).rstrip()

    @property
    def has_other_marks(self) -> bool:
        return any(quoted(part) != part for part in (self.above, self.below))

    def opened(self) -> Comment:
        """The same with all of it a person's."""
        return Comment("\n".join(part for part in (self.above, self.ours, self.below) if part))


@dataclass(frozen=True, slots=True)
class MergedComment:
    """A comment as it should be. `ours`: whether it holds what we have to say; if not, it is a person's and stays so."""

    text: str
    ours: bool = True


def taken_apart(text: str, expected: str | None = None) -> Comment:
    """A comment by its pair of marks: the one around `expected`, else the last one. A lone mark is a person's text."""
    lines = text.split("\n")
    marks = [line.strip() for line in lines]
    begins = [at for at, mark in enumerate(marks) if mark == BEGIN and END in marks[at:]]
    found = [_split(lines, begin, marks.index(END, begin)) for begin in begins]
    wanted = [comment for comment in found if comment.ours == expected]
    return (wanted or found or [Comment(text)])[-1]


def _split(lines: list[str], begin: int, end: int) -> Comment:
    above, ours, below = ("\n".join(part) for part in (lines[:begin], lines[begin + 1 : end], lines[end + 1 :]))
    return Comment(above, ours, below)


def merged_comment(ours: str, written: str, current: str, room: Room) -> MergedComment:
    """The comment as it should be, keeping every word of a person's.

    While nobody has touched it, it is all ours. Where a person has, their text stays and ours goes below it; what comes
    later replaces our part only. If a person wrote into our part, what stands there becomes theirs and a new part is
    begun. As long as we have nothing new to say, a text that was changed or a part that was removed is left alone.

    Args:
        ours: the whole of what we have to say now, `quoted`.
        written: the comment as we wrote it last. current: as it is in Salesforce now. Both "" for an empty one.
    """
    last = taken_apart(written)
    whole = cut(ours, room.limit, more=room.more)
    if current == written and last.ours is None:
        return MergedComment(whole)
    now = taken_apart(current, last.ours)
    if now.ours is not None and now.ours in (last.ours, fitted(ours, now, room)):
        return _replaced(ours, now, current, room)
    said = written == whole if last.ours is None else last.ours == fitted(ours, last, room)
    return MergedComment(current, ours=False) if said or current == whole else _added(ours, now.opened(), current, room)


def fitted(ours: str, around: Comment, room: Room) -> str | None:
    """Our text as it stands between the marks, cut to the room that is left; None if that is too little."""
    left = room.limit - length(around.having("x")) + length("x")
    return None if left < min(_LEAST, length(ours)) else clean(cut(ours, left, more=room.more))


def _replaced(ours: str, now: Comment, current: str, room: Room) -> MergedComment:
    inside = fitted(ours, now, room)
    if inside is None:
        return MergedComment(current, ours=False)
    unchanged = inside == now.ours and not now.has_other_marks
    return MergedComment(current if unchanged else now.having(inside))


def _added(ours: str, theirs: Comment, current: str, room: Room) -> MergedComment:
    inside = fitted(ours, theirs, room)
    return MergedComment(theirs.having(inside)) if inside else MergedComment(current, ours=False)
