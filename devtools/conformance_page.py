"""`python -m devtools.conformance_page`: writes the sections of docs/conformance.md from the rules themselves."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

from host.testing.checking import RULES
from host.testing.rule import Rule, Tier

PAGE = Path(__file__).resolve().parents[1] / "docs" / "conformance.md"
BEGINS = "<!-- from here on written by: python -m devtools.conformance_page -->\n"
WIDTH = 125


def rendered() -> str:
    """What follows the mark: a table of the rules, then a section for each."""
    return "\n".join([*_table(), *(_section(rule) for rule in RULES)])


def _table() -> Iterator[str]:
    yield "\n| grade | rules |\n|---|---|"
    for tier in (Tier.BRONZE, Tier.SILVER, Tier.GOLD):
        links = ", ".join(f"[{rule.id}](#{rule.id})" for rule in RULES if rule.tier is tier)
        yield f"| {tier.title} | {links} |"
    yield ""


def _section(rule: Rule) -> str:
    lines = [f"## {rule.id}", "", f"**{rule.title}** ({rule.tier.title})", ""]
    lines += [textwrap.fill(rule.why, WIDTH, break_on_hyphens=False), ""]
    lines += [textwrap.fill(f"*How to mend it:* {rule.mend}", WIDTH, break_on_hyphens=False), ""]
    if rule.needs:
        links = ", ".join(f"[{needed}](#{needed})" for needed in rule.needs)
        lines += [f"It is tried when these hold: {links}.", ""]
    return "\n".join(lines)


def main() -> None:
    introduction = PAGE.read_text(encoding="utf-8").partition(BEGINS)[0]
    PAGE.write_text(introduction + BEGINS + rendered(), encoding="utf-8")


if __name__ == "__main__":
    main()
