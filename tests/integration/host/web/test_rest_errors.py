"""R31, B5: integration errors by the REST API, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from app_fixture import Site
from office_fixture import add_call, add_delivery
from sqlalchemy import select

from host.sentences import Sentence
from host.storage.tables import deliveries, operation_log

LOST = "Salesforce does not accept the connection any more. An admin must connect again."


@pytest.fixture
def site(site_anywhere: Site) -> Site:
    return site_anywhere


def stop(site: Site, message: str = LOST, state: str = "failed", **more: Any) -> int:
    return add_delivery(site.services, add_call(site.services, agent="101"), state, message, **more)


def states(site: Site, *ids: int) -> list[str]:
    with site.services.database.reading() as connection:
        query = select(deliveries.c.state).where(deliveries.c.id.in_(ids)).order_by(deliveries.c.id)
        return list(connection.execute(query).scalars())


def test_r31_b5_reasons_are_listed_with_their_deliveries(site: Site) -> None:
    ids = [stop(site, Sentence("The record %(id)s is gone.", id=number)) for number in (1, 2)]
    listed = site.api("GET", "/errors").json
    assert listed["more"] == 0
    (error,) = listed["errors"]
    assert (error["plugin"], error["kind"], error["stopped"], error["going"]) == ("salesforce", "failed", 2, 0)
    assert (error["message"], error["example"]) == ("The record … is gone.", "The record 2 is gone.")
    page = site.api("GET", f"/errors/salesforce/{error['reason']}").json
    assert [(one["id"], one["message"]) for one in page["deliveries"]] == [
        (ids[1], "The record 2 is gone."),
        (ids[0], "The record 1 is gone."),
    ]
    assert page["before"] is None
    assert site.api("GET", "/errors?plugin=contacts").json["errors"] == []
    assert site.api("GET", "/errors/salesforce/nonsense").json == {"deliveries": [], "before": None}


def test_r31_one_a_reason_a_plugin_and_everything_are_tried_again(site: Site) -> None:
    ids = [stop(site), stop(site), stop(site, "Gone."), stop(site, "Locked.")]
    reason = site.api("GET", "/errors").json["errors"][0]["reason"]
    assert site.api("POST", "/errors/retry", json={"delivery_ids": [ids[0]]}).json == {"count": 1, "unfinished": False}
    assert states(site, *ids) == ["waiting", "failed", "failed", "failed"]
    assert site.api("POST", "/errors/retry", json={"plugin": "salesforce", "reason": reason}).json["count"] == 1
    assert states(site, *ids) == ["waiting", "waiting", "failed", "failed"]
    assert site.api("POST", "/errors/retry", json={"plugin": "contacts"}).json["count"] == 0
    assert site.api("POST", "/errors/retry", json={"plugin": "salesforce"}).json["count"] == 2
    assert site.api("POST", "/errors/retry", json={"all": True}).json["count"] == 0


def test_r31_what_is_dropped_is_done_with_and_logged(site: Site) -> None:
    one, other = stop(site), stop(site, state="parked", parked_for="reauthorise")
    assert site.api("POST", "/errors/drop", json={"delivery_ids": [one]}).json["count"] == 1
    assert site.api("POST", "/errors/drop", json={"all": True}).json["count"] == 1
    assert states(site, one, other) == ["skipped", "skipped"]
    with site.services.database.reading() as connection:
        query = select(operation_log.c.area).where(operation_log.c.action == "errors dropped")
        assert list(connection.execute(query).scalars()) == ["salesforce", "salesforce"]


@pytest.mark.parametrize("action", ["retry", "drop"])
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"all": False},
        {"all": True, "plugin": "salesforce"},
        {"plugin": "salesforce", "delivery_ids": [1]},
        {"reason": "failed-0123456789abcdef"},
        {"plugin": "salesforce", "reason": "failed"},
        {"plugin": "sales\0force"},
        {"delivery_ids": [0]},
        {"delivery_ids": [2**31]},
        {"delivery_ids": ["1"]},
        {"delivery_ids": list(range(1, 502))},
        {"all": "yes"},
    ],
)
def test_r31_what_means_nothing_is_refused(shared_site: Site, action: str, body: dict[str, Any]) -> None:
    answer = shared_site.api("POST", f"/errors/{action}", json=body)
    assert answer.status_code == 422, answer.json


def test_r31_only_the_role_admin_may(shared_site: Site) -> None:
    for method, path in (("GET", ""), ("GET", "/salesforce/x"), ("POST", "/retry"), ("POST", "/drop")):
        body: dict[str, Any] = {"json": {"all": True}} if method == "POST" else {}
        assert shared_site.api(method, f"/errors{path}", role="agent", **body).status_code == 403
        assert shared_site.anonymous.open(f"/api/v1/errors{path}", method=method, **body).status_code == 401
