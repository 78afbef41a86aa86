"""B9: a private key is read however it was pasted, and what is none is refused in words."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from host.plugin_api import NeedsReauthorisation
from plugins.salesforce.auth import signing_key
from plugins.salesforce.auth.signing_key import read_signing_key
from tests.signing_keys import certificate_of, pem, rsa_key


def locked(form: PrivateFormat) -> str:
    return rsa_key().private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"secret")).decode()


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_both_usual_forms_are_read(form: PrivateFormat):
    assert read_signing_key(pem(rsa_key(), form)).private_numbers() == rsa_key().private_numbers()


@settings(deadline=None)  # the first one makes the key
@given(st.sampled_from(["", " ", "\n", "\r\n", "\\n", "\t", "\n\n "]), st.text(st.sampled_from(" \n\t"), max_size=5))
def test_line_breaks_may_be_lost_or_changed(between: str, around: str):
    text = around + pem(rsa_key()).strip().replace("\n", between) + around
    assert read_signing_key(text).private_numbers() == rsa_key().private_numbers()


def test_the_certificate_may_stand_beside_it():
    text = certificate_of(rsa_key()) + pem(rsa_key())
    assert read_signing_key(text).private_numbers() == rsa_key().private_numbers()


WRONG = (
    ("nonsense", signing_key.NO_KEY),
    ("-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----", signing_key.NO_KEY),
    ("-----BEGIN PRIVATE KEY-----", signing_key.NO_KEY),
    (lambda: pem(rsa_key())[:800], signing_key.NO_KEY),
    (lambda: certificate_of(rsa_key()), signing_key.CERTIFICATE),
    (lambda: locked(PrivateFormat.PKCS8), signing_key.ENCRYPTED),
    (lambda: locked(PrivateFormat.TraditionalOpenSSL), signing_key.ENCRYPTED),
    (lambda: pem(rsa_key(bits=1024)), signing_key.NOT_RSA),
    (lambda: pem(ec.generate_private_key(ec.SECP256R1())), signing_key.NOT_RSA),
)


@pytest.mark.parametrize(("text", "words"), WRONG, ids=range(len(WRONG)))
def test_what_is_no_key_for_salesforce_is_refused_in_words(text: object, words: str):
    with pytest.raises(NeedsReauthorisation) as caught:
        read_signing_key(text() if callable(text) else str(text))
    assert caught.value.message == words


@given(st.text(max_size=200))
def test_any_text_is_a_key_or_refused(text: str):
    with pytest.raises(NeedsReauthorisation):
        read_signing_key(f"-----BEGIN PRIVATE KEY-----{text}-----END PRIVATE KEY-----")
