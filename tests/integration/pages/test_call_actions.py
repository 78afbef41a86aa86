"""What plugins offer on the page of a call (B2), and that a plugin that fails there harms nobody (R35)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from office_fixture import AGENT, Office

from host.plugin_api import CallAction, PluginContext

LINK = 'href="/plugins/salesforce/calls/'


def offer(office: Office, monkeypatch: pytest.MonkeyPatch, offered: Callable[[PluginContext], bool]) -> None:
    """The Salesforce plugin offers its page, if `offered` says so."""
    loaded = office.services.registry.get("salesforce")
    assert loaded
    action = CallAction(title="Move to another record", endpoint="record", offered=offered)
    changed = replace(loaded, manifest=replace(loaded.manifest, call_actions=(action,)))
    others = tuple(plugin for plugin in office.services.registry.loaded if plugin.name != "salesforce")
    monkeypatch.setattr(office.services.registry, "loaded", (changed, *others))


def broken(_context: PluginContext) -> bool:
    raise RuntimeError("a bug of the plugin")


def test_b2_an_ended_call_with_a_number_links_to_the_plugin_s_page(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(office, monkeypatch, lambda _context: True)
    browser = office.browser(AGENT, language="ja")
    page = browser.text(f"/calls/{office.calls['matched']}")
    assert f"{LINK}{office.calls['matched']}/record" in page
    assert "別のレコードに変更" in page
    for other in ("withheld", "ringing", "internal"):
        assert LINK not in browser.text(f"/calls/{office.calls[other]}")


@pytest.mark.parametrize("offered", [lambda _context: False, broken])
def test_r35_a_plugin_that_does_not_offer_or_fails_has_no_link(
    office: Office, monkeypatch: pytest.MonkeyPatch, offered: Callable[[PluginContext], bool]
) -> None:
    offer(office, monkeypatch, offered)
    assert LINK not in office.browser(AGENT).text(f"/calls/{office.calls['matched']}")


def test_r34_a_plugin_that_is_switched_off_has_no_link(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(office, monkeypatch, lambda _context: True)
    office.services.registry.set_enabled("salesforce", False, "test")
    assert LINK not in office.browser(AGENT).text(f"/calls/{office.calls['matched']}")
