"""Rules about a plugin that is being loaded: its module, its names, its manifest and its hooks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from host.registry.loading import OWN_DISTRIBUTION
from host.testing.judging.evidence import Evidence
from host.testing.rule import NotShown, Rule, Tier
from host.testing.trial.record import Facts

CPU_SECONDS = 3.0
LONGEST_DEADLINE = 300.0
MOST_AT_ONCE = 64
SUPPORTED = ("host.plugin_api", "host.testing")
"""What of the host a plugin may import."""


def imports(evidence: Evidence) -> Iterator[str]:
    trial = evidence.trial
    module = trial.subject.value
    yield from (f"While {place} is imported: {how}." for place, _, how in _parted(trial.died_while("import")))
    found = trial.one("import")
    if found and found["error"]:
        yield f"{module} cannot be imported: {found['error']}."
    loading = trial.one("loading")
    if loading and loading["refused"]:
        yield f"The host refuses to load it: {loading['refused']}"


def _parted(sentences: Iterator[str]) -> Iterator[tuple[str, str, str]]:
    return (sentence.rpartition(": ") for sentence in sentences)


def quiet_import(evidence: Evidence) -> Iterator[str]:
    found = _import_of(evidence)
    yield from (f"It connects to {where} while it is imported." for where in dict.fromkeys(found["connections"]))
    yield from (f"It starts a process while it is imported: {process}." for process in found["processes"])
    if found["cpu"] > CPU_SECONDS:
        yield f"Importing it takes {found['cpu']:.1f} s of computing; {CPU_SECONDS:g} s are the most."


def _import_of(evidence: Evidence) -> Facts:
    found = evidence.trial.one("import")
    if found is None:
        raise NotShown("It could not be imported.")
    return found


def names(evidence: Evidence) -> Iterator[str]:
    contract = evidence.trial.one("contract")
    if contract is None:
        raise NotShown("It could not be imported.")
    if contract["rejected"] and contract["about"] == "name":
        yield contract["rejected"]
    for other in evidence.trial.subject.namesakes:
        yield f"The distribution {other} installs a plugin of the same name; the host loads one of the two."
    for built in evidence.trial.all("building"):
        for template in built["templates"]:
            yield f"Its template {template} stands in no folder of its own; all templates share one name space."


def manifest(evidence: Evidence) -> Iterator[str]:
    contract = evidence.trial.one("contract")
    if contract is None:
        raise NotShown("It could not be imported.")
    if contract["rejected"]:
        yield from [contract["rejected"]] if contract["about"] == "manifest" else []
        return
    yield from (f"Its manifest has no {name}." for name in ("title", "version") if not contract[name].strip())
    if contract["deadline"] > LONGEST_DEADLINE:
        yield f"Its deadline_seconds are {contract['deadline']:g}; more than {LONGEST_DEADLINE:g} hold up a worker too long."
    if contract["concurrency"] > MOST_AT_ONCE:
        yield f"Its concurrency is {contract['concurrency']}; more than {MOST_AT_ONCE} starve the other plugins."
    if not (contract["hooks"] or contract["brings"] or contract["jobs"]):
        yield "It has neither a hook nor a page, a route, a job or a contact book: it does nothing."


def hooks(evidence: Evidence) -> Iterator[str]:
    contract = evidence.trial.one("contract")
    if contract is None:
        raise NotShown("It could not be imported.")
    if contract["rejected"] and contract["about"] == "hooks":
        yield contract["rejected"]


def public_interface(evidence: Evidence) -> Iterator[str]:
    for name in _import_of(evidence)["files"]:
        path = Path(name)
        for module, line in _imported(path):
            if module.partition(".")[0] == "host" and not module.startswith(SUPPORTED):
                yield f"{path.name}:{line} imports {module}."


def _imported(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def distribution(evidence: Evidence) -> Iterator[str]:
    from importlib.metadata import metadata

    subject = evidence.trial.subject
    if not subject.distribution:
        raise NotShown("It is not installed by pip; install its distribution and name the plugin.")
    found = metadata(subject.distribution)
    yield from (f"Its distribution has no {what}." for what in ("Summary", "Requires-Python") if what not in found)
    if not {"License-Expression", "License", "License-File"} & set(found):
        yield "Its distribution names no licence."
    if "Description-Content-Type" not in found:
        yield "Its distribution has no readme."
    if found["Version"] != evidence.manifest["version"]:
        yield f"Its distribution is {found['Version']}, its manifest says {evidence.manifest['version']}."
    needs = [each.split(";")[0] for each in found.get_all("Requires-Dist") or []]
    if subject.distribution != OWN_DISTRIBUTION and not any(each.startswith(OWN_DISTRIBUTION) for each in needs):
        yield f"Its distribution does not depend on {OWN_DISTRIBUTION}."


RULES = (
    Rule(
        id="imports",
        tier=Tier.BRONZE,
        title="It can be imported",
        why="A plugin that cannot be imported is quarantined: nothing of it works, and only the list of plugins says so.",
        mend=(
            "Import the module named by the entry point in a fresh Python and mend what it says. Nothing may end the "
            "process or hang."
        ),
        judge=imports,
    ),
    Rule(
        id="quiet-import",
        tier=Tier.BRONZE,
        title="Importing it does nothing but define things",
        why=(
            "It is imported in every process, in commands too: what it does then holds up each start, even when it is "
            "switched off."
        ),
        mend=(
            "Move connections, processes and heavy work into hooks, jobs and pages; import large libraries where they are "
            "used."
        ),
        needs=("imports",),
        judge=quiet_import,
    ),
    Rule(
        id="names",
        tier=Tier.BRONZE,
        title="Its names are right and its own",
        why=(
            "Settings, tables, addresses and deliveries are kept by the name; of two plugins with one name only the first "
            "is loaded."
        ),
        mend=(
            "Give entry point and manifest the same name (lower-case letters, digits, underscores), unlike any other "
            "plugin's; keep templates in a folder of that name."
        ),
        needs=("imports",),
        judge=names,
    ),
    Rule(
        id="manifest",
        tier=Tier.BRONZE,
        title="Its manifest is whole",
        why=(
            "The host reads there what it may do with the plugin; an admin decides by title and description whether to "
            "switch it on."
        ),
        mend=(
            "Give the object named by the entry point a `manifest`, a host.plugin_api.Manifest with title, description "
            "and version."
        ),
        needs=("imports", "names"),
        judge=manifest,
    ),
    Rule(
        id="hooks",
        tier=Tier.BRONZE,
        title="Its hooks are those of the contract",
        why="A misspelled, unmarked or async hook would never be called, and nobody would notice that calls are missing.",
        mend=(
            "Write ordinary methods marked with @hookimpl under the names of hookspecs.py, which take `context` and `event`."
        ),
        needs=("imports", "names", "manifest"),
        judge=hooks,
    ),
    Rule(
        id="public-interface",
        tier=Tier.SILVER,
        title="It uses the public interface only",
        why="Everything else of the host may change with any release, and the plugin would break at a customer's.",
        mend="Import from hookspecs and host.plugin_api (tests: host.testing). What is missing there: ask for it.",
        needs=("imports",),
        judge=public_interface,
    ),
    Rule(
        id="distribution",
        tier=Tier.GOLD,
        title="Its distribution tells what it is",
        why="Whoever installs it reads there what it is, under which licence, and with which host it works.",
        mend=(
            "Give pyproject.toml a description, readme, license, requires-python, the dependency tsunagu and the "
            "manifest's version."
        ),
        needs=("imports", "manifest"),
        judge=distribution,
    ),
)
