"""Logging in: e-mail address and password, slowed down by e-mail address and by network address, or by known browser."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from host.domain.throttling import WINDOW, waiting_time
from host.security.passwords import fits, hash_password, needs_new_hash
from host.security.users import LONGEST_SUBJECT, User, email_subject, plain_email, user_with_email
from host.sentences import Sentence
from host.services import Services
from host.storage.tables import login_failures, users

ALLOWED_PER_EMAIL = 5
ALLOWED_PER_ADDRESS = 20


class LoginRefused(Exception):
    """Nobody was logged in; the message says why without telling who exists. `retry_after` is set when it was too fast."""

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after


def authenticate(services: Services, email: str, password: str, address: str, browser: str | None = None) -> User:
    """The user with this e-mail address and password.

    `address` is where the request comes from; `browser` names a browser this person logged in with before, whose own
    failures count then and no others, so that a stranger's guesses keep nobody out of it.

    Raises:
        LoginRefused: wrong, switched off, or too many failed attempts.
    """
    now = services.clock()
    known = plain_email(email) if email.isprintable() else ""
    subjects = _subjects(known, address, browser)
    with services.database.writing() as connection:
        wait = _wait(connection, subjects, now)
        if not wait:
            # counted before it is checked, so that many at once do not slip through; a success takes it back
            connection.execute(insert(login_failures), [{"subject": each, "failed_at": now} for each in subjects])
    if wait:
        raise LoginRefused(_too_fast(wait), wait)
    user = _checked_user(services, known, password)
    with services.database.writing() as connection:
        _take_back(connection, subjects, now)
    return user


def _subjects(email: str, address: str, browser: str | None) -> dict[str, int]:
    """What failures are counted for, with how many are free."""
    if browser:
        return {f"browser:{browser}"[:LONGEST_SUBJECT]: ALLOWED_PER_EMAIL}
    return {email_subject(email): ALLOWED_PER_EMAIL, f"address:{address}"[:LONGEST_SUBJECT]: ALLOWED_PER_ADDRESS}


def _checked_user(services: Services, email: str, password: str) -> User:
    with services.database.reading() as connection:
        user = user_with_email(connection, email)
        stored = connection.execute(select(users.c.password_hash).where(users.c.email == email)).scalar()
    if not fits(password, stored) or user is None or not user.active:
        raise LoginRefused(Sentence("The e-mail address or the password is wrong."))
    if needs_new_hash(stored or ""):
        with services.database.writing() as connection:
            connection.execute(update(users).where(users.c.id == user.id).values(password_hash=hash_password(password)))
    return user


def _wait(connection: Connection, subjects: Mapping[str, int], now: datetime) -> timedelta:
    connection.execute(delete(login_failures).where(login_failures.c.failed_at < now - WINDOW))
    query = select(login_failures.c.subject, login_failures.c.failed_at).where(login_failures.c.subject.in_(list(subjects)))
    failures = connection.execute(query).all()
    return max(
        waiting_time([row.failed_at for row in failures if row.subject == subject], now, allowed=allowed)
        for subject, allowed in subjects.items()
    )


def _take_back(connection: Connection, subjects: Mapping[str, int], now: datetime) -> None:
    """A success forgives the e-mail address or browser everything, the network address only this attempt."""
    by_person, *by_address = subjects
    connection.execute(delete(login_failures).where(login_failures.c.subject == by_person))
    this = login_failures.c.subject.in_(by_address) & (login_failures.c.failed_at == now)
    connection.execute(delete(login_failures).where(this))


def _too_fast(wait: timedelta) -> Sentence:
    minutes = math.ceil(wait.total_seconds() / 60)
    return Sentence("Too many failed attempts. Try again in %(minutes)s minutes.", minutes=max(minutes, 1))
