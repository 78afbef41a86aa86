"""Durable delivery of facts to plugins."""

from host.delivery.publisher import DeliveryNotFound, Publisher
from host.delivery.views import AttemptView, DeliveryView, MatchView, deliveries_of, match_of

__all__ = ["AttemptView", "DeliveryNotFound", "DeliveryView", "MatchView", "Publisher", "deliveries_of", "match_of"]
