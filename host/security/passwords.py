"""Passwords: kept as argon2id hashes only."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from host.sentences import Sentence

SHORTEST = 10
LONGEST = 1024
_HASHER = PasswordHasher()


class PasswordUnfit(Exception):
    """The password cannot be taken; the message says what it needs."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def hash_password(password: str) -> str:
    """Raises PasswordUnfit: too short, too long or not writable."""
    if len(password) < SHORTEST:
        raise PasswordUnfit(Sentence("A password needs at least %(least)s characters.", least=SHORTEST))
    if len(password) > LONGEST:
        raise PasswordUnfit(Sentence("A password may have up to %(most)s characters.", most=LONGEST))
    try:
        return _HASHER.hash(password)
    except UnicodeEncodeError:
        raise PasswordUnfit(Sentence("A password may not hold halves of surrogate pairs.")) from None


def fits(password: str, password_hash: str | None) -> bool:
    """Whether this is the password. Takes as long where there is no hash: how long it took tells nobody who exists."""
    try:
        return _HASHER.verify(password_hash or _nobodys_hash(), password) and password_hash is not None
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


def needs_new_hash(password_hash: str) -> bool:
    """Whether it was made with weaker parameters than ours now."""
    return _HASHER.check_needs_rehash(password_hash)


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")
