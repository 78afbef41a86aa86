"""What an API call is made for: usage is counted by it, and when calls get scarce it decides who waits (B4)."""

from __future__ import annotations

from enum import StrEnum

from plugins.salesforce.wording import N_


class Purpose(StrEnum):
    """Why a call is made; the words are stored."""

    LOOK_UP = "look_up"
    BULK = "bulk"
    ACTIVITY = "activity"
    BY_HAND = "by_hand"
    TEST = "test"
    OTHER = "other"


PURPOSE_TITLES = {
    Purpose.LOOK_UP: N_("Look-ups of calls"),
    Purpose.BULK: N_("Bulk fetch"),
    Purpose.ACTIVITY: N_("Activity history"),
    Purpose.BY_HAND: N_("Fetched again by hand"),
    Purpose.TEST: N_("Connection tests"),
    Purpose.OTHER: N_("Reading fields and settings"),
}
