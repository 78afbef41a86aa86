"""The language of an answer, and where its texts come from: the host's catalogues and the plugins'."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flask import Flask, current_app, request
from flask_babel import Babel, Domain, gettext
from flask_login import current_user

from host.catalogues import catalogue_folder
from host.config import LANGUAGES
from host.registry import LoadedPlugin
from host.web.current import services_here, services_of

OWN_WORDS = "tsunagu_own_words"


def install(app: Flask) -> None:
    services = services_of(app)
    app.config["BABEL_DEFAULT_TIMEZONE"] = str(services.config.timezone)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(map(str, catalogues(services.registry.loaded)))
    app.extensions[OWN_WORDS] = {plugin.name: _own_words(plugin) for plugin in services.registry.loaded}
    Babel(app, locale_selector=language)


def language() -> str:
    """What the user chose, else what was chosen in this browser, else what the browser asks for, else the site's."""
    chosen = getattr(current_user, "language", None) or request.cookies.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    usual = services_here().config.language
    return request.accept_languages.best_match(LANGUAGES, default=usual) or usual


def in_words_of(plugin: str, text: str) -> str:
    """The text in the language of the answer: by the plugin's own catalogue, else by all of them together."""
    own: Domain | None = current_app.extensions[OWN_WORDS].get(plugin)
    translated: str = own.gettext(text) if own and text else text
    return gettext(text) if text and translated == text else translated


def catalogues(plugins: tuple[LoadedPlugin, ...]) -> list[Path]:
    """The folders of catalogues. The host's comes last, which makes its words win where a plugin has the same text."""
    return _folders([*(plugin.manifest.translations for plugin in plugins), "host"])


def _own_words(plugin: LoadedPlugin) -> Domain:
    return Domain([str(folder) for folder in _folders([plugin.manifest.translations])])


def _folders(packages: Iterable[str]) -> list[Path]:
    return [folder for package in packages if (folder := catalogue_folder(package)) is not None]
