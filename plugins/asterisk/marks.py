"""Marks texts for translation by this package's catalogue; they are translated where they are shown."""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802 - the name gettext tools look for
    """The text itself."""
    return text


class ToldError(Exception):
    """A problem for people to read: `template`, which is marked for the catalogue, with the `values` for its places.

    The bridge shows its English; it starts without the host's interface, whose `Sentence` the plugin makes of it.
    """

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template % values if values else template)
        self.template = template
        self.values = values
