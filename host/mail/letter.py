"""What a mail says, and how it looks as text and as HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from host.domain.visible_text import visible_line

LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One line of a digest: how many failed for this reason, in which part, and where to see them."""

    count: str
    title: str
    reason: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail's words, all in its language.

    Args:
        kind: alarm, reminder, recovery, digest or test.
        tone: "bad" or "good", for the colour of its edge.
        label: the kind in one word or two, above the title.
        facts: pairs of a name and a value.
        link: address and text of the button.
        footer: why the reader gets this.
    """

    kind: str
    tone: str
    language: str
    subject: str
    label: str
    title: str
    paragraphs: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    groups: tuple[Group, ...] = field(default=())
    link: tuple[str, str]
    footer: str
    site: str

    @property
    def one_line_subject(self) -> str:
        """Nothing in it can begin another header."""
        return visible_line(self.subject)[:LONGEST_SUBJECT]

    def as_text(self) -> str:
        return _environment().get_template("letter.txt").render(letter=self)

    def as_html(self) -> str:
        return _environment().get_template("letter.html").render(letter=self)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("host.mail"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
