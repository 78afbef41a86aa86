"""Seals what must not be read from a copy of the database: encryption with keys that can be changed."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from host.sentences import Sentence


class SealBroken(Exception):
    """A sealed text cannot be opened with the keys of this installation."""


class Sealer:
    """Seals with the first key, opens with any: put a new key in front, reseal everything, then drop the old one."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def __repr__(self) -> str:
        return "Sealer(…)"

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """The text that was sealed.

        Raises:
            SealBroken: sealed with a key that TSUNAGU_ENCRYPTION_KEYS does not hold, or altered.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise _broken() from None

    def reseal(self, sealed: str) -> str:
        """The same text, sealed anew with the first key.

        Raises:
            SealBroken: as `open`.
        """
        try:
            return self._fernet.rotate(sealed.encode()).decode("ascii")
        except InvalidToken:
            raise _broken() from None


BROKEN = Sentence(
    "A stored secret cannot be opened: TSUNAGU_ENCRYPTION_KEYS lacks the key it was sealed with. "
    "Add the earlier key to the end of the list, or enter the secret again."
)


def _broken() -> SealBroken:
    return SealBroken(BROKEN)
