"""The plugin keeps every rule of Tsunagu's conformance kit, against its own CRM: `pip install .`, then `pytest tests`."""

from acme_scenario import AcmeScenario

from host.testing.conformance import Conformance


class TestAcmeCrm(Conformance):
    """Each rule is one test."""

    plugin = "acme_crm"
    scenario = AcmeScenario()
