"""R35: what a manifest offers and cannot be used is refused with a sentence that says what to mend."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import Schema, fields

from host.plugin_api import AuthFeature, Counter, HealthCheck, Manifest
from host.registry.offer_checks import check_offer
from host.registry.problems import Rejected


class Fitting(Schema):
    """A schema that can be drawn."""

    name = fields.String()


class Unmakeable(Schema):
    """A schema that fails when it is made."""

    def __init__(self) -> None:
        raise RuntimeError


class Feature(AuthFeature):
    """One feature."""

    BULK = "bulk", "Bulk"


async def waits(context: Any) -> str:
    return ""


def well(context: Any) -> str:
    return ""


GOOD: dict[str, Any] = {
    "settings": Fitting,
    "auth_group": "acme_crm.auth",
    "features": Feature,
    "health": (HealthCheck(name="crm", title="CRM", run=well),),
    "counters": (Counter(name="calls", help="Calls", labels=("kind",)),),
}


def test_r33_what_fits_is_taken() -> None:
    check_offer(Manifest(name="acme", title="Acme", version="1", **GOOD))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"settings": Fitting()}, "the class itself"),
        ({"settings": dict}, "the class itself"),
        ({"settings": Unmakeable}, "cannot be made: RuntimeError"),
        ({"settings": Schema.from_dict({"when": fields.Date()})}, "“when” cannot be drawn"),
        ({"auth_group": "acme crm"}, "auth_group"),
        ({"features": {"bulk"}}, "AuthFeature"),
        ({"health": ("crm",)}, "no HealthCheck"),
        ({"health": (HealthCheck(name="crm", title="", run=waits),)}, "ordinary function"),
        ({"health": GOOD["health"] * 2}, "used twice"),
        ({"counters": (Counter(name="Calls", help=""),)}, "no usable one"),
        ({"counters": (Counter(name="calls", help="", labels=("a b",)),)}, "no usable name"),
        ({"counters": (Counter(name="calls", help="", labels=("a", "b", "c", "d")),)}, "more than 3 labels"),
    ],
)
def test_r35_what_does_not_fit_is_refused_with_its_reason(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(Rejected) as rejected:
        check_offer(Manifest(name="acme", title="Acme", version="1", **{**GOOD, **changed}))
    assert reason in rejected.value.sentence
