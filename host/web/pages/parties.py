"""Who was on the line, as the pages name them: the outside party, or the colleagues of an internal call."""

from __future__ import annotations

from flask_babel import gettext as _

from host.plugin_api import Agent, Call, Direction
from host.web.pages.numbers import national_number


def outside_party(call: Call) -> str:
    """Whom the call was with, by number: as people write it, else as the telephone system sent it.

    An internal call has nobody outside: it names the colleagues who spoke.
    """
    if call.direction is Direction.INTERNAL:
        return colleagues(call)
    if call.number:
        return national_number(call.number)
    if call.withheld or not call.raw_number:
        return str(_("Number withheld"))
    return call.raw_number


def colleagues(call: Call) -> str:
    """Who called whom inside: "Alice Sato → Dan Ito"; whoever only the number dialled tells stands as an extension."""
    names = list(dict.fromkeys(agent_name(agent) for agent in call.agents))
    dialled = call.raw_number
    if len(names) <= 1 and dialled and all(agent.extension != dialled for agent in call.agents):
        names.append(_extension(dialled))
    if not names:
        return str(_("Internal"))
    others = _(", ").join(names[1:])
    return f"{names[0]} → {others}" if others else names[0]


def agent_name(agent: Agent) -> str:
    """The person's name, else the extension."""
    return agent.name or _extension(agent.extension)


def _extension(number: str) -> str:
    return str(_("ext. %(extension)s", extension=number))
