"""B14: the Salesforce plugin reaches gold."""

from __future__ import annotations

from salesforce_scenario import SalesforceScenario

from host.testing.conformance import Conformance


class TestSalesforce(Conformance):
    """Each rule of the kit, against the sandbox org."""

    plugin = "salesforce"
    scenario = SalesforceScenario()
