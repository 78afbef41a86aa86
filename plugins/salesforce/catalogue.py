"""The plugin's own words in a language named by the site, for texts that are written into Salesforce."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import as_file, files

from babel.support import Translations

Say = Callable[[str], str]


@cache
def words_in(language: str) -> Say:
    """Translates a text that is marked for the catalogue; one that has no translation stays English."""
    with as_file(files("plugins.salesforce") / "translations") as folder:
        return Translations.load(str(folder), [language]).gettext
