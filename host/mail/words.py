"""Says sentences in the language of the mails, outside of any request."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_decimal
from babel.support import Translations

from host.catalogues import catalogue_folder
from host.registry import Registry
from host.sentences import Sentence, translated

HOST = "host"
_MINUTE = {"en": "d MMM y HH:mm", "ja": "yyyy/MM/dd HH:mm"}


class Words:
    """One language, with the host's words and those of each plugin; times in the site's zone."""

    def __init__(self, language: str, registry: Registry, zone: ZoneInfo) -> None:
        self.language = language
        self._registry = registry
        self._zone = zone

    def said(self, text: str, plugin: str = "") -> str:
        """A sentence in this language: by the plugin's own catalogue, else by the host's; other text as it is."""
        sentence = text if isinstance(text, Sentence) else Sentence(text)
        return translated(sentence, lambda english: self._translated(english, plugin))

    def gettext(self, english: str) -> str:
        """A text of the host's own in this language."""
        return self._translated(english, "")

    def title_of(self, plugin: str) -> str:
        """What a plugin is called; its name if it is not installed any more."""
        loaded = self._registry.get(plugin)
        return self.said(loaded.manifest.title, plugin) if loaded else plugin

    def moment(self, at: datetime) -> str:
        return format_datetime(at.astimezone(self._zone), _MINUTE[self.language], locale=self.language)

    def count(self, number: int) -> str:
        return format_decimal(number, locale=self.language)

    def _translated(self, english: str, plugin: str) -> str:
        loaded = self._registry.get(plugin)
        own = loaded.manifest.translations if loaded else ""
        said = _catalogue(own, self.language).gettext(english) if own and english else english
        return _catalogue(HOST, self.language).gettext(english) if english and said == english else said


@lru_cache(maxsize=64)
def _catalogue(package: str, language: str) -> NullTranslations:
    folder = catalogue_folder(package)
    return Translations.load(str(folder), [language]) if folder else NullTranslations()
