"""The mails to send, as rows: claimed by one worker at a time, tried again with growing waits, given up after two days."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, insert, or_, select, update

from host.domain.retry import backoff, out_of_patience
from host.mail.letter import Letter
from host.sentences import Sentence, read
from host.storage.alarm_tables import mails
from host.storage.texts import storable

WAITING, SENT, FAILED = "waiting", "sent", "failed"
KEPT = timedelta(days=30)
GIVEN_UP_SHOWN = timedelta(days=1)
AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one recipient."""

    id: int
    kind: str
    recipient: str
    subject: str
    text: str
    html: str
    attempts: int
    created_at: datetime

    @property
    def key(self) -> str:
        """What it is known by for ever, in any installation."""
        return f"tsunagu-{self.id}-{self.created_at:%Y%m%d%H%M%S%f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """One mail, for the page. `due_at`: when it is tried next; `message`: why it could not be sent."""

    kind: str
    recipient: str
    subject: str
    state: str
    message: str
    attempts: int
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None


def add_mails(connection: Connection, letter: Letter, recipients: Collection[str], now: datetime) -> None:
    """Write one mail for each recipient, inside the transaction of what it tells."""
    words = {"subject": letter.one_line_subject, "text": letter.as_text(), "html": letter.as_html()}
    rows = [
        {"kind": letter.kind, "recipient": one, "state": WAITING, "due_at": now, "created_at": now, **words}
        for one in recipients
    ]
    if rows:
        connection.execute(insert(mails), rows)


def anything_due(connection: Connection, now: datetime) -> bool:
    """Whether there is a mail to try."""
    return connection.execute(select(mails.c.id).where(*_due(now)).limit(1)).first() is not None


def claim(connection: Connection, worker: str, now: datetime, lives: Callable[[str], bool]) -> Mail | None:
    """Take the oldest mail that is due, unless another worker that lives is sending it.

    What this worker itself claims is free too: it sends one mail at a time, so an earlier claim was broken off.
    """
    query = select(mails).where(*_due(now)).order_by(mails.c.due_at, mails.c.id).limit(AT_ONCE)
    for row in connection.execute(query.with_for_update(skip_locked=True)):
        if row.claim in (None, worker) or not lives(row.claim):
            connection.execute(
                update(mails).where(mails.c.id == row.id).values(claim=worker, attempts=row.attempts + 1, tried_at=now)
            )
            return _mail(row)
    return None


def settle_sent(connection: Connection, mail: Mail, worker: str, now: datetime) -> None:
    _settle(connection, mail, worker, {"state": SENT, "sent_at": now, "message": ""})


def settle_refused(
    connection: Connection, mail: Mail, worker: str, now: datetime, message: Sentence, *, for_good: bool
) -> None:
    """To be tried again, or given up: at once what is refused for good, else after `PATIENCE`."""
    jitter = random.random()  # noqa: S311 - spreads the attempts
    if for_good or out_of_patience(mail.created_at, now):
        settled: dict[str, Any] = {"state": FAILED}
    else:
        settled = {"due_at": now + backoff(mail.attempts, jitter)}
    _settle(connection, mail, worker, {**settled, "message": storable(message)})


def try_all_now(connection: Connection, now: datetime) -> None:
    """The settings were changed: what waits is tried at once."""
    connection.execute(update(mails).where(mails.c.state == WAITING).values(due_at=now, message=""))


def forget_old(connection: Connection, now: datetime) -> None:
    """Delete what was written long ago."""
    connection.execute(delete(mails).where(mails.c.created_at < now - KEPT))


def latest_mails(connection: Connection, limit: int) -> list[MailView]:
    """The newest first."""
    columns = [mails.c[name] for name in MailView.__dataclass_fields__]
    rows = connection.execute(select(*columns).order_by(mails.c.id.desc()).limit(limit)).mappings()
    return [MailView(**{**row, "message": read(row["message"])}) for row in rows]


def trouble(connection: Connection, recipients: Collection[str], now: datetime) -> str:
    """Why mails to these recipients are not sent at the moment; "" if they are, or none was to be sent.

    One that was given up counts for a day, and until a later one is taken.
    """
    later = mails.alias()
    overtaken = exists().where(later.c.recipient == mails.c.recipient, later.c.sent_at > mails.c.tried_at)
    stuck = or_(mails.c.state == WAITING, and_(mails.c.state == FAILED, mails.c.tried_at > now - GIVEN_UP_SHOWN, ~overtaken))
    query = (
        select(mails.c.message)
        .where(stuck, mails.c.message != "", mails.c.recipient.in_(recipients))
        .order_by(mails.c.tried_at.desc())
        .limit(1)
    )
    return read(connection.execute(query).scalar() or "")


def _due(now: datetime) -> tuple[Any, ...]:
    return mails.c.state == WAITING, mails.c.due_at <= now


def _settle(connection: Connection, mail: Mail, worker: str, values: dict[str, Any]) -> None:
    mine = (mails.c.id == mail.id, mails.c.claim == worker, mails.c.state == WAITING)
    connection.execute(update(mails).where(*mine).values(claim=None, **values))


def _mail(row: Any) -> Mail:
    return Mail(
        id=row.id,
        kind=row.kind,
        recipient=row.recipient,
        subject=row.subject,
        text=row.text,
        html=row.html,
        attempts=row.attempts + 1,
        created_at=row.created_at,
    )
