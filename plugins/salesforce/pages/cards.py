"""Further cards of the Basic settings tab, in their order: each has a template of its own and gathers its own values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from host.plugin_api import PluginContext
from plugins.salesforce.pages.bulk import bulk_card
from plugins.salesforce.pages.do_not_sync import do_not_sync_card
from plugins.salesforce.pages.ended_cards import anyway_card, kept_of_others, kept_until_connected

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card.

    Args:
        template: its part of the page, a `<section class="card">`; it reads the values as `card`.
        values: gathers what it shows; None if there is no such card now.
        place: "top" stands before the connection, "bottom" after the fetch setting and the telephone fields.
    """

    template: str
    values: Callable[[PluginContext], Values | None]
    place: str = "bottom"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCard:
    """A card with its values."""

    template: str
    card: Values
    place: str


CARDS: tuple[Card, ...] = (
    Card(template="salesforce/bulk.html", values=bulk_card),
    Card(template="salesforce/do_not_sync_card.html", values=do_not_sync_card),
    Card(template="salesforce/disconnect_anyway.html", values=anyway_card, place="top"),
    Card(template="salesforce/kept.html", values=kept_of_others, place="top"),
    Card(template="salesforce/kept.html", values=kept_until_connected),
)


def shown_cards(context: PluginContext) -> tuple[ShownCard, ...]:
    """The cards to show now."""
    found = ((card, card.values(context)) for card in CARDS)
    return tuple(
        ShownCard(template=card.template, card=values, place=card.place) for card, values in found if values is not None
    )
