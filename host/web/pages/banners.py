"""What stands on top of an admin's pages while a person is needed: alarms of plugins that are on, unsent mails (R32)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from host.alarms import Alarm, standing_alarms
from host.mail.outbox import trouble
from host.mail.settings import read_settings
from host.plugin_api.web import is_admin
from host.registry.switches import enabled_among
from host.web.pages.current import services
from host.web.pages.plugin_address import settings_address
from host.web.pages.sentences import said


@dataclass(frozen=True, slots=True)
class ShownBanner:
    """A banner: what is wrong in short, more of it, and where to mend it."""

    title: str
    text: str
    url: str
    link_text: str
    tone: str = "warn"


def site_banners() -> Iterator[ShownBanner]:
    """What stands now, for the admin who is looking."""
    if not is_admin():
        return
    site = services()
    with site.database.reading() as connection:
        enabled = [plugin.name for plugin in enabled_among(connection, site.registry.loaded)]
        standing = standing_alarms(connection, enabled)
        settings = read_settings(connection, site.config.language)
        unsent = trouble(connection, settings.recipients, site.clock()) if settings.complete else ""
    if site.config.safe_mode:
        yield _of_safe_mode()
    for alarm in standing:
        yield _of_alarm(alarm)
    if unsent:
        yield ShownBanner(
            _("Mails cannot be sent"), said(unsent), url_for("mail_settings.index"), _("Open the mail settings")
        )


def _of_safe_mode() -> ShownBanner:
    text = _(
        "Only the plugins that come with Tsunagu are loaded. Start it without TSUNAGU_SAFE_MODE to have the others back."
    )
    return ShownBanner(_("Tsunagu runs in safe mode"), text, url_for("plugin_settings.index"), _("Open the plugins"))


def _of_alarm(alarm: Alarm) -> ShownBanner:
    plugin = services().registry.get(alarm.plugin)
    url = settings_address(plugin) if plugin else ""
    title = said(plugin.manifest.title, alarm.plugin) if plugin else alarm.plugin
    link = _("Open the settings of %(plugin)s", plugin=title)
    return ShownBanner(said(alarm.title, alarm.plugin), said(alarm.text, alarm.plugin), url, link)
