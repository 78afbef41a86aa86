"""Rules about setting a plugin up: its settings form and its ways to sign in, which the host draws from what it declares."""

from __future__ import annotations

import re
from collections.abc import Iterator

from host.testing.judging.evidence import Evidence
from host.testing.rule import NotApplicable, Rule, Tier

HIDDEN = re.compile(r"(^|_)(password|secret|token|key)($|_)")
"""What the name of something says that is not to be shown."""


def settings(evidence: Evidence) -> Iterator[str]:
    if not evidence.manifest["settings"]:
        raise NotApplicable("The plugin has no settings that the host draws.")
    for field in evidence.manifest["settings"]:
        if not field["labelled"]:
            yield f"Its setting {field['name']} has no label in its metadata."
        if HIDDEN.search(field["name"]) and field["kind"] != "secret":
            yield f"Its setting {field['name']} is shown and stored as it is: it lacks secret=True in its metadata."


def signs_in(evidence: Evidence) -> Iterator[str]:
    methods = evidence.manifest["methods"]
    broken = evidence.manifest["broken_methods"]
    if not methods and not broken:
        raise NotApplicable("The plugin has no auth methods.")
    yield from (f"Its auth method {each}" for each in broken)
    for method in methods:
        for name in method["shown"]:
            if HIDDEN.search(name):
                yield f"Its auth method {method['name']} shows what is typed into {name}: it lacks secret=True."
    for step in evidence.trial.all("sign-in"):
        yield from [f"Its auth method {step['method']} {step['fault']}"] if step["fault"] else []
    yield from (f"{died}." for died in evidence.trial.died_while("sign-in"))


_LOADED = ("imports", "manifest", "hooks")
RULES = (
    Rule(
        id="settings",
        tier=Tier.SILVER,
        title="Its settings can be filled in, and secret ones are",
        why=(
            "The host draws the form from the schema; without a label nobody knows what to type, and what is not marked "
            "is shown."
        ),
        mend="Give each field of the schema a label and a help in its metadata, and secret=True to what must not be shown.",
        needs=_LOADED,
        judge=settings,
    ),
    Rule(
        id="signs-in",
        tier=Tier.SILVER,
        title="Its auth methods answer in the contract's words",
        why="An admin who forgets a field or mistypes an address must read what to do, not an error page.",
        mend=(
            "Give back a SignIn or a Grant, or raise one of the contract's errors; also with empty fields and without a "
            "network."
        ),
        needs=_LOADED,
        judge=signs_in,
    ),
)
