"""Find the digit groups of telephone numbers in what a person or a telephone system wrote (B13).

Knows writing only: widths, dashes, brackets, notes, extensions. Which groups are numbers is for `phone_reading` to say.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

LONGEST_TEXT = 500
"""Longer texts are not read: they are no telephone field: a CRM's holds 40 characters, a SIP header 255."""

_DASHES = "-‐‑‒–—―−⁃⸺⸻﹘﹣－ーｰ─━⎯⏤➖ㅡ゠_＿‾"
_WAVES = "~〜～∼∿˜"
_DOTS = ".．。｡·・･•‧∙⋅"
_SLASHES = "/／⁄∕⧸"
_BREAKS = ",，、､،|｜¦&＆"
_QUOTES = "\"'`´"


class _Characters(dict[int, str]):
    """What each character counts as; learnt as characters are met, so that translating a text is linear."""

    def __missing__(self, code: int) -> str:
        self[code] = meaning = _meaning(chr(code))
        return meaning


def _special_characters() -> dict[int, str]:
    groups = {"-": _DASHES, "~": _WAVES, ".": _DOTS, "/": _SLASHES, "\n": _BREAKS, " ": _QUOTES + "\t", ";": ";；"}
    return {ord(character): meaning for meaning, characters in groups.items() for character in characters}


def _meaning(character: str) -> str:
    """One character in plain writing: its ASCII counterpart, "" if it is invisible, a line break if it ends a number."""
    folded = unicodedata.normalize("NFKC", character)
    if len(folded) > 1:
        return "".join(_CHARACTERS[ord(part)] for part in folded)
    category = unicodedata.category(folded)
    if category == "Nd":
        return str(unicodedata.digit(folded))
    if category[0] == "L" or folded in "+#*@:=<>%":
        return {"<": "(", ">": ")"}.get(folded, folded.lower())
    return _BY_CATEGORY.get(category, _SPECIAL.get(ord(folded), "\n"))


_SPECIAL = _special_characters()
_BY_CATEGORY = {
    "Zs": " ", "Cf": "", "Mn": "", "Me": "", "Mc": "", "Pd": "-", "Ps": "(", "Pe": ")", "Pi": " ", "Pf": " ",
}  # fmt: skip
_CHARACTERS = _Characters(_SPECIAL)

_TELEPHONE_URI = re.compile(r"(?:tel|sips?|callto):(?://)?")
_URI_CONTEXT = re.compile(r"^([^;]*);(?:[^;]*;)*?phone-context=(\+[\d-]+)")
_URI_PARAMETER = re.compile(r";\s*[a-z-]+=[^;\s]*")
_URI_HOST = re.compile(r"(?<=\d)@[^\s,()]*")
_EXTENSION = re.compile(
    r"(?:内線番号|内線|(?<![^\W\d_])内|(?<![a-z])(?:extension|extn|ext|x|доб)(?![a-z])|#)[ .:=()-]{0,5}\d{1,10}(?:-\d{1,6})?"
)
_RANGE_END = re.compile(r"(?<=\d)~\d{1,2}(?!\d)")
_SPOKEN_SEPARATOR = re.compile(r"(?<=\d)[の局番一](?=\d)")
_LABEL = re.compile(
    r"(?<![a-z\d])(?:telephone|telefon|tel|phone|fon|fax|mobile|mobil|handy|cellular|cell|home|work|office|main|direct"
    r"|switchboard|toll|free|freecall|freephone|no|nr|[tfmhwpdoc])(?![a-z])"
)
_GROUP = re.compile(r"[+*#]?[ (]{0,3}\d[\d\-~ ().+/]*")


@dataclass(frozen=True, slots=True)
class DigitGroup:
    """What may be one number: `text` holds digits, separators and a leading plus; its parts are told by `/` or a space."""

    text: str


def plain(raw: str) -> str:
    """The text in plain characters: ASCII digits, `-`, brackets; line breaks where one number must end."""
    return raw.translate(_CHARACTERS)


def digit_groups(raw: str) -> tuple[DigitGroup, ...]:
    """The groups of digits in this text which may be telephone numbers; extensions, labels and notes are left out."""
    text = _without_uri(plain(raw).strip())
    text = _EXTENSION.sub("\n", text)
    text = _RANGE_END.sub("\n", text)
    text = _SPOKEN_SEPARATOR.sub("-", text)
    text = _LABEL.sub(" ", text)
    found = (piece for match in _GROUP.finditer(text) if not _is_part_of_a_word(text, match) for piece in _at_plus(match[0]))
    return tuple(DigitGroup(piece) for piece in found)


def digits_of(text: str) -> str:
    """The digits of a group, behind a plus if it begins with one."""
    digits = re.sub(r"\D", "", text)
    return "+" + digits if text.lstrip(" (").startswith("+") and digits else digits


def _without_uri(text: str) -> str:
    """The number of a tel: or sip: address (RFC 3966, RFC 3261); any other text as it is but for `;name=value`."""
    if scheme := _TELEPHONE_URI.search(text):
        text = text[: scheme.start()] + plain(unquote(text[scheme.end() :], errors="replace"))
    if context := _URI_CONTEXT.match(text):
        local, prefix = context.groups()
        text = local if local.lstrip().startswith("+") else prefix + local
    return _URI_HOST.sub("", _URI_PARAMETER.sub("", text)).replace(";", "\n")


def _is_part_of_a_word(text: str, match: re.Match[str]) -> bool:
    """Whether this is no number by itself: a code with * or #, or digits of an e-mail address or a hexadecimal id."""
    before = text[: match.start()][-1:]
    after = text[match.end() : match.end() + 1] if match[0][-1] not in " ()./" else ""
    return match[0][0] in "*#" or any(sign == "@" or _is_latin(sign) for sign in (before, after))


def _is_latin(character: str) -> bool:
    return "a" <= character <= "z"


def _at_plus(text: str) -> list[str]:
    """A plus begins a number of its own, except behind a caller-id prefix ("184 +81…")."""
    head, *rest = text.split("+")
    if rest and re.fullmatch(r"[ (]*18[46][ -]*", head):
        head, rest = "", [*rest]
    return [piece for piece in (head, *("+" + part for part in rest)) if any(map(str.isdigit, piece))]
