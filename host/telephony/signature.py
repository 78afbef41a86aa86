"""Checks who sent an event: the signature of Standard Webhooks, over the raw body, before anything is parsed."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from host.security.event_sources import EventSource
from host.telephony.problems import MalformedEvent, NotSigned

_ID = re.compile(r"[A-Za-z0-9_\-:+=/]{1,255}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v1,[A-Za-z0-9+/]{43}=")
MAX_SIGNATURES = 32
SIGNED_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def signer_of(body: bytes, headers: Mapping[str, str], sources: Sequence[EventSource]) -> tuple[EventSource, str]:
    """The source that signed this body, and the id of its event.

    Raises:
        NotSigned: a header is missing, the time is more than five minutes off, or no known secret fits.
        MalformedEvent: a header or the body could not be signed by anybody as it stands.
    """
    signed = _well_formed(headers)
    text = _as_text(body)
    refusals = set()
    for source in sources:
        for secret in source.secrets:
            refusal = _refusal(secret, text, signed)
            if refusal is None:
                return source, signed["webhook-id"]
            refusals.add(refusal)
    raise NotSigned(_reason(refusals))


def _well_formed(headers: Mapping[str, str]) -> dict[str, str]:
    """The three headers; other versions of signatures than v1 are left out, as the standard asks."""
    given = {name.lower(): value for name, value in headers.items()}
    event_id, seconds = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    listed = given.get("webhook-signature", "").split()
    if not event_id or not seconds or not listed:
        raise NotSigned("The headers webhook-id, webhook-timestamp and webhook-signature are needed.")
    if not _ID.fullmatch(event_id):
        raise MalformedEvent("webhook-id may hold up to 255 letters, digits and the signs _ - : + = / but no dot.")
    if not _SECONDS.fullmatch(seconds):
        raise MalformedEvent("webhook-timestamp needs whole seconds since 1970.")
    usable = [each for each in listed[:MAX_SIGNATURES] if _SIGNATURE.fullmatch(each) and _is_base64(each[3:])]
    if not usable:
        raise NotSigned("webhook-signature needs a signature of the form v1,<base64 of 32 bytes>.")
    return {"webhook-id": event_id, "webhook-timestamp": seconds, "webhook-signature": " ".join(usable)}


def _as_text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise MalformedEvent("The body is no UTF-8 text.") from None


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return True


def _refusal(secret: str, text: str, signed: dict[str, str]) -> str | None:
    try:
        Webhook(secret).verify(text, signed, json_parse=False)
    except WebhookVerificationError as error:
        return str(error)
    return None


def _reason(refusals: set[str]) -> str:
    if any("too old" in refusal or "too new" in refusal for refusal in refusals):
        return "The time in webhook-timestamp is more than five minutes off this server's clock."
    return "The signature fits no secret of a source this server knows."
