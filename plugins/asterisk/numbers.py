"""Telephone numbers as a PBX writes them: withheld or not, what a dial string dials, E.164 in the site's country."""

import re

import phonenumbers

_DIALLED = (
    re.compile(r"^(\+?[0-9*#]+)@"),  # PJSIP/09087654325@trunk
    re.compile(r"/sips?:(\+?[0-9*#]+)(?:@|$)"),  # PJSIP/trunk/sip:09087654325@host
    re.compile(r"/(\+?[0-9*#]+)$"),  # SIP/trunk/09087654325, DAHDI/g1/09087654325
    re.compile(r"^(\+?[0-9*#]+)$"),
)
_PRESENTATION_PREFIX = re.compile(r"^18[46](?=0)")


def is_withheld(number: str) -> bool:
    """True for a caller without a number: empty, `anonymous`, `unavailable`, … - anything without a digit."""
    return not any(c.isdigit() for c in number)


def dialled(dial_string: str) -> str:
    """The number in the `DialString` of a DialBegin; "" where there is none."""
    for pattern in _DIALLED:
        found = pattern.search(dial_string)
        if found:
            return found[1]
    return ""


def e164(raw: str, region: str) -> str | None:
    """The number in E.164, or None when it is no possible telephone number there (extensions, short codes).

    In Japan 184/186 before a dialled number only say whether to present one's own and are dropped.
    """
    digits = _PRESENTATION_PREFIX.sub("", raw) if region == "JP" else raw
    try:
        parsed = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
