"""The private key of the JWT bearer method: read as people paste it."""

from __future__ import annotations

import re
import textwrap

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from host.plugin_api import NeedsReauthorisation
from plugins.salesforce.wording import N_

LONGEST = 16_000
LEAST_BITS = 2048
NO_KEY = N_("This is no private key. Paste the whole file, from “-----BEGIN PRIVATE KEY-----” to the end.")
CERTIFICATE = N_("This is the certificate, which belongs into the app in Salesforce. Paste the private key here.")
ENCRYPTED = N_("The private key is protected by a passphrase. Paste it without one; it is stored encrypted here.")
NOT_RSA = N_("Salesforce takes RSA keys of 2048 bits or more only. Make a new key and upload its certificate into the app.")
_BLOCK = re.compile(r"-----BEGIN ((?:RSA |ENCRYPTED )?PRIVATE KEY)-----(.*?)-----END \1-----", re.DOTALL)


def read_signing_key(text: str) -> RSAPrivateKey:
    """The key in a text.

    Line breaks may be lost, as in a one-line field, or written as \\n; other blocks (the certificate) may stand beside it.

    Raises:
        NeedsReauthorisation: it holds no key that Salesforce takes.
    """
    found = _BLOCK.search(text[:LONGEST].replace("\\n", "\n"))
    if found is None:
        raise NeedsReauthorisation(CERTIFICATE if "BEGIN CERTIFICATE" in text else NO_KEY)
    kind, body = found.groups()
    if "ENCRYPTED" in kind or "ENCRYPTED" in body:
        raise NeedsReauthorisation(ENCRYPTED)
    lines = "\n".join(textwrap.wrap("".join(body.split()), 64))
    return _loaded(f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----\n")


def _loaded(pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NeedsReauthorisation(NO_KEY) from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < LEAST_BITS:
        raise NeedsReauthorisation(NOT_RSA)
    return key
