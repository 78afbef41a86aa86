"""B14: the contact book and the Asterisk plugin reach gold."""

from __future__ import annotations

from asterisk_scenario import AsteriskScenario

from host.testing.conformance import Conformance


class TestContacts(Conformance):
    """It has no hooks, so there is nothing to be shown at work."""

    plugin = "contacts"


class TestAsterisk(Conformance):
    """Clicks are dialled through a PBX of the test's own."""

    plugin = "asterisk"
    scenario = AsteriskScenario()
