"""The frame of every page: menu, banners, language, theme, and addresses of static files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from host.delivery.inbox import troubled
from host.plugin_api.web import is_admin
from host.registry import LoadedPlugin
from host.web.pages.current import services
from host.web.pages.preferences import LANGUAGES, chosen_theme
from host.web.pages.sentences import said


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the menu. `count`: how many things there need a person; shown up to 999."""

    title: str
    url: str
    icon: str
    current: bool
    count: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """A group of the menu; the first one has no title."""

    name: str
    title: str
    links: tuple[Link, ...]


def install(app: Flask) -> None:
    """Give the templates what the frame needs."""
    app.jinja_env.globals.update(
        asset=asset,
        navigation=navigation,
        site_name=lambda: services().config.site_name,
        current_language=current_language,
        current_theme=chosen_theme,
        languages=lambda: LANGUAGES,
        here=here,
        can_call=can_call,
        own_extension=own_extension,
    )
    app.after_request(_keep_static_files)


def _keep_static_files(response: Response) -> Response:
    """A file whose address holds its fingerprint never changes."""
    if (
        request.endpoint == "static"
        and "v" in request.args
        and response.status_code in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)
    ):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def asset(filename: str) -> str:
    """The address of a static file; it changes with the content, so browsers may keep it for long."""
    folder = current_app.static_folder
    return url_for("static", filename=filename, v=_fingerprint(f"{folder}/{filename}"))


@lru_cache(maxsize=256)
def _fingerprint(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]


def current_language() -> str:
    """The language the page is in, for `<html lang>`."""
    return str(get_locale() or "en").replace("_", "-")


def here() -> str:
    """The path to come back to after a switch of language or colours; a page that was posted to has none."""
    return request.full_path.rstrip("?") if request.method == "GET" else "/"


def own_extension() -> str:
    return getattr(current_user, "extension", None) or ""


def can_call() -> bool:
    """Whether the person may click numbers: their phone is the one that rings first."""
    return bool(own_extension())


def navigation() -> tuple[Section, ...]:
    """The menu of the person logged in: the host's pages and those of the enabled plugins."""
    own = _link(_("My calls"), "agent.index", "phone")
    main = (own, _link(_("Call history"), "history.index", "history", ("/calls",)), *_of_plugins("main"))
    sections = [Section("main", "", main)]
    if is_admin():
        sections.append(Section("settings", _("Settings"), (*_settings(), *_of_plugins("settings"))))
        sections.append(Section("integrations", _("Integrations"), _of_plugins("integrations")))
    return tuple(section for section in sections if section.links)


def _settings() -> Iterator[Link]:
    yield _link(_("Plugins"), "plugin_settings.index", "plug")
    yield _link(_("Users"), "user_settings.index", "users")
    yield _link(_("API tokens"), "token_settings.index", "key")
    yield _link(_("Telephony sources"), "source_settings.index", "webhook")
    yield _link(_("Memo items"), "memo_item_settings.index", "checkbox")
    yield replace(_link(_("Integration errors"), "error_settings.index", "alert-triangle"), count=_troubled())
    yield _link(_("Mail"), "mail_settings.index", "mail")
    yield _link(_("Operation log"), "operation_log.index", "list-details")


def _troubled() -> int:
    with services().database.reading() as connection:
        return troubled(connection)


def _of_plugins(section: str) -> tuple[Link, ...]:
    registry = services().registry
    shown = [plugin for plugin in registry.loaded if plugin.manifest.navigation or plugin.manifest.auth_group]
    enabled = [plugin for plugin in shown if registry.is_enabled(plugin.name)]
    return tuple(link for plugin in enabled for link in _plugin_links(plugin, section))


def _plugin_links(plugin: LoadedPlugin, section: str) -> Iterator[Link]:
    for item in plugin.manifest.navigation:
        endpoint = f"{plugin.name}.{item.endpoint}"
        if item.section == section and endpoint in current_app.view_functions:
            yield _link(_(item.title), endpoint, item.icon)
    if section == "integrations" and plugin.manifest.auth_group:
        yield Link(
            said(plugin.manifest.title, plugin.name), url_for("plugin_page.show", name=plugin.name), "plug", current=False
        )


def _link(title: str, endpoint: str, icon: str, prefixes: tuple[str, ...] = ()) -> Link:
    url = url_for(endpoint)
    current = any(request.path.startswith(prefix) for prefix in (*prefixes, url))
    return Link(title=title, url=url, icon=icon, current=current)
