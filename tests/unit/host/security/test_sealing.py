"""Secrets are sealed; keys can be changed without losing any."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from host.security.sealing import SealBroken, Sealer


def key() -> str:
    return Fernet.generate_key().decode()


def test_what_was_sealed_is_opened_and_cannot_be_read_while_sealed() -> None:
    sealer = Sealer([key()])
    sealed = sealer.seal("refresh token 山田")
    assert sealer.open(sealed) == "refresh token 山田"
    assert "refresh" not in sealed


def test_a_new_key_in_front_still_opens_what_the_old_one_sealed() -> None:
    old, new = key(), key()
    sealed = Sealer([old]).seal("x")
    both = Sealer([new, old])
    assert both.open(sealed) == "x"
    resealed = both.reseal(sealed)
    assert Sealer([new]).open(resealed) == "x"
    with pytest.raises(SealBroken):
        Sealer([old]).open(resealed)


def test_a_lost_key_or_an_altered_text_is_told_in_a_sentence() -> None:
    sealed = Sealer([key()]).seal("x")
    for broken in (sealed, "not sealed at all", "ü"):
        with pytest.raises(SealBroken, match="TSUNAGU_ENCRYPTION_KEYS"):
            Sealer([key()]).open(broken)
        with pytest.raises(SealBroken):
            Sealer([key()]).reseal(broken)


def test_the_keys_do_not_show_in_a_repr() -> None:
    secret = key()
    assert secret not in repr(Sealer([secret]))
