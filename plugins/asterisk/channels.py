"""What a channel's name says: which endpoint it belongs to and whether that is a trunk, a phone or a helper leg."""

import re
from collections.abc import Collection
from enum import Enum

_SUFFIX = re.compile(r"-(?:[0-9a-f]{8,}|\d+)(?:;[12])?(?:<\w+>)?$")
# Legs Asterisk makes for itself; no telephone is behind them.
_HELPERS = frozenset({"Local", "AsyncGoto", "Surrogate", "Message", "Announcer", "Recorder", "CBAnn", "CBRec"})


class Kind(Enum):
    TRUNK = "trunk"
    PHONE = "phone"
    HELPER = "helper"


def endpoint(channel: str) -> str:
    """The endpoint of a channel: `PJSIP/101-0000001e` → `101`, `Local/104@internal-00000000;1` → `104`."""
    rest = channel.partition("/")[2]
    return _SUFFIX.sub("", rest).partition("@")[0].partition("/")[0]


def kind(channel: str, trunks: Collection[str]) -> Kind:
    """Trunk, phone or helper; `trunks` are the endpoint names of the site's lines to the outside."""
    technology = channel.partition("/")[0]
    if technology in _HELPERS or "<" in channel:
        return Kind.HELPER
    return Kind.TRUNK if endpoint(channel) in trunks else Kind.PHONE
