"""R33: two CRMs at once, Salesforce and the example: the order decides whose name is shown, and both get the memo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_fixture import scratch_config
from sqlalchemy import insert

from host.connections import connecting
from host.delivery.deliverer import Deliverer
from host.delivery.membership import Membership
from host.memos import save_memo
from host.plugin_api import AuthMethod, MemoOrigin, auth_methods
from host.plugin_settings.stored import SchemaSettings
from host.services import build_services
from host.storage.tables import workers
from tests.examples_fixture import acme, acme_installed, acme_path
from tests.integration.salesforce.activity_site import NUMBER, ActivitySite
from tests.integration.salesforce.conftest import SITE, Host, Org, org
from tests.sandbox_fixture import sandbox, sandbox_server
from tests.standing_clock import Clock

__all__ = ["acme", "acme_installed", "acme_path", "org", "sandbox", "sandbox_server"]


class BothCrms(ActivitySite):
    """A site that is connected with Salesforce and with Acme CRM, both of which know the caller."""

    def deliver(self, call_id: str) -> None:
        """Deliver to both what waits."""
        deliverer = Deliverer(self.host.services, Membership(self.host.services.database, "one", 60))
        for plugin in ("salesforce", "acme_crm"):
            deliverer.deliver(plugin, call_id)

    def ended(self) -> str:
        """A call of the caller ended, and both were told."""
        call_id = self.call()
        with self.host.services.database.writing() as connection:
            self.host.services.publisher.publish(connection, call_id, "on_call_end")
        self.deliver(call_id)
        return call_id

    @property
    def shown(self) -> tuple[str, str]:
        entry = self.host.entry(NUMBER)
        return entry.source, entry.person


@pytest.fixture
def both(org: Org, acme_installed: Path, acme: Any, database_url: str) -> Iterator[BothCrms]:
    services = build_services(scratch_config(database_url, url=SITE), clock=Clock())
    now = services.clock()
    with services.database.writing() as connection:
        connection.execute(insert(workers).values(executor_id="one", started_at=now, seen_at=now))
    site = BothCrms(Host(services, org, services.clock))  # type: ignore[arg-type] # the standing clock
    org.record("Contact", LastName="Salesman", Phone=NUMBER)
    site.host.connect()
    site.switch()
    context = services.registry.context("acme_crm")
    plugin: Any = services.registry.get("acme_crm")
    SchemaSettings(context.settings, context.secrets, plugin.manifest.settings).save({"address": acme.address})
    method = auth_methods("acme_crm.auth", AuthMethod).named("api_key")
    assert method is not None
    connecting.begin(context, method, {"key": "acme-key"}, "admin@example.com")
    yield site
    services.processes.close()
    services.database.engine.dispose()


def test_r33_the_order_decides_whose_name_is_shown_and_both_get_the_memo(both: BothCrms, acme: Any) -> None:
    services = both.host.services
    assert services.registry.order() == ["salesforce", "acme_crm"]
    call_id = both.ended()
    assert both.shown == ("salesforce", "Salesman")
    services.registry.move("acme_crm", 0, "admin@example.com")
    assert both.shown == ("acme_crm", "Ann Acme")
    both.ended()
    assert both.shown == ("acme_crm", "Ann Acme")
    acme.people.clear()
    both.ended()
    assert both.shown == ("salesforce", "Salesman"), "who knows somebody takes over"
    save_memo(services, call_id, text="Wants an offer.", items=[], origin=MemoOrigin.HISTORY, by="a@example.com")
    both.deliver(call_id)
    assert acme.notes[call_id]["text"] == "Wants an offer."
    assert [task["Description"] for task in both.tasks() if task["CallObject"] == call_id] == ["Wants an offer."]
