"""Signed assertions (JWT, RS256) of the JWT bearer grant: read and proved with the app's certificate."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from salesforce_sandbox.oauth.app import OAuthError, public_key

_LONGEST = 16_384


def read_assertion(text: str) -> tuple[dict[str, Any], bytes, bytes]:
    """Return the claims, what was signed and the signature; nothing is proved yet. Raises OAuthError."""
    parts = text.split(".")
    if len(parts) != 3 or len(text) > _LONGEST:
        raise invalid_assertion()
    header, claims = _object(parts[0]), _object(parts[1])
    if header.get("alg") != "RS256":
        raise invalid_assertion()
    return claims, f"{parts[0]}.{parts[1]}".encode(), _decoded(parts[2])


def check_signature(certificate: str, signed: bytes, signature: bytes) -> None:
    """Raise OAuthError unless the key of the certificate signed this."""
    if not certificate:
        raise invalid_assertion()
    try:
        public_key(certificate).verify(signature, signed, PKCS1v15(), SHA256())
    except InvalidSignature:
        raise invalid_assertion() from None


def invalid_assertion() -> OAuthError:
    return OAuthError("invalid_grant", "invalid assertion")


def _decoded(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part.encode() + b"=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        raise invalid_assertion() from None


def _object(part: str) -> dict[str, Any]:
    try:
        value = json.loads(_decoded(part))
    except (ValueError, RecursionError):
        raise invalid_assertion() from None
    if not isinstance(value, dict):
        raise invalid_assertion()
    return value
