"""How text becomes search tokens.

Salesforce "splits record information separated by spaces or punctuation into separate tokens", also where letters
meet digits (spec section 2). Width is folded (full-width digits equal plain ones) and Japanese text is cut into single
characters, which makes a Japanese word a phrase: both assumed.
"""

from __future__ import annotations

import re
import unicodedata

_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_CJK}]|\d+|[^\W\d_{_CJK}]+")
_PHONE_DIGITS = re.compile(r"\d")


def fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def tokens(text: str) -> list[str]:
    """Return the tokens of a text in order."""
    return _TOKEN.findall(fold(text))


def digits(text: str) -> str:
    """Return all digits of a phone number as one token, empty if there is none."""
    return "".join(_PHONE_DIGITS.findall(fold(text)))
