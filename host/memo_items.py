"""The memo items people tick: added, renamed, put in order, taken out of use; each use case is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from host.domain.visible_text import is_visible_line
from host.sentences import Sentence
from host.services import Services
from host.storage.operations import log_operation
from host.storage.tables import memo_items

LONGEST_LABEL = 100


class MemoItemError(Exception):
    """A memo item cannot be made or changed as asked; the message says why. Nothing was written."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoItem:
    """One item; those not active stay on the memos they were ticked on."""

    id: int
    label: str
    active: bool


def list_memo_items(connection: Connection) -> Sequence[MemoItem]:
    """All items in their order, those in use first."""
    query = select(memo_items).order_by(memo_items.c.active.desc(), memo_items.c.position, memo_items.c.id)
    return [MemoItem(id=row.id, label=row.label, active=row.active) for row in connection.execute(query)]


def add_memo_item(services: Services, label: str, *, by: str) -> None:
    """A new item at the end of the list.

    Raises:
        MemoItemError: the label is unusable or taken.
    """
    with services.database.writing() as connection:
        checked = _free_label(connection, label, None)
        last = connection.execute(select(func.max(memo_items.c.position))).scalar() or 0
        connection.execute(insert(memo_items).values(label=checked, position=last + 1, active=True))
        _log(services, connection, by, "added")


def rename_memo_item(services: Services, item_id: int, label: str, *, by: str) -> None:
    """Another label; memos keep the label they were saved with.

    Raises:
        MemoItemError: there is no such item, or the label is unusable or taken.
    """
    with services.database.writing() as connection:
        checked = _free_label(connection, label, item_id)
        _change(connection, item_id, label=checked)
        _log(services, connection, by, "renamed")


def set_memo_item_active(services: Services, item_id: int, active: bool, *, by: str) -> None:
    """Take an item out of use or back into it.

    Raises:
        MemoItemError: there is no such item.
    """
    with services.database.writing() as connection:
        _change(connection, item_id, active=active)
        _log(services, connection, by, "restored" if active else "retired")


def move_memo_item(services: Services, item_id: int, steps: int, *, by: str) -> None:
    """Move an item up (steps < 0) or down among those in use; at either end it stays where it is.

    Raises:
        MemoItemError: there is no such item in use.
    """
    with services.database.writing() as connection:
        order = [item.id for item in list_memo_items(connection) if item.active]
        if item_id not in order:
            raise MemoItemError(Sentence("There is no such memo item."))
        place = order.index(item_id)
        order.insert(min(max(place + steps, 0), len(order) - 1), order.pop(place))
        for position, known in enumerate(order, start=1):
            connection.execute(update(memo_items).where(memo_items.c.id == known).values(position=position))
        _log(services, connection, by, "moved")


def _free_label(connection: Connection, label: str, item_id: int | None) -> str:
    wanted = label.strip()
    if len(wanted) > LONGEST_LABEL or not is_visible_line(wanted):
        raise MemoItemError(Sentence("A memo item needs a text of 1 to %(most)s characters.", most=LONGEST_LABEL))
    taken = connection.execute(select(memo_items.c.id).where(memo_items.c.label == wanted)).scalar()
    if taken is not None and taken != item_id:
        raise MemoItemError(Sentence("There is a memo item with this text already. Look among those out of use, too."))
    return wanted


def _change(connection: Connection, item_id: int, **values: object) -> None:
    if not connection.execute(update(memo_items).where(memo_items.c.id == item_id).values(**values)).rowcount:
        raise MemoItemError(Sentence("There is no such memo item."))


def _log(services: Services, connection: Connection, by: str, action: str) -> None:
    log_operation(connection, at=services.clock(), actor=by, area="memo items", action=action)
