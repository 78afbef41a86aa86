"""One trial, in the child: imports the plugin, then tries its tables, hooks, jobs and pages, as nobody has set it up yet."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from host.plugin_api import Manifest
from host.registry.checks import NAME, implementations_of, manifest_of
from host.registry.problems import Rejected
from host.testing.lab import Lab
from host.testing.subject import Subject, source_files
from host.testing.trial.booking import keep_names
from host.testing.trial.calling import announce, call_hooks, check_health, run_jobs
from host.testing.trial.describing import describe
from host.testing.trial.diary import Diary
from host.testing.trial.guard import Guard
from host.testing.trial.migrating import migrate
from host.testing.trial.signing_in import begin_to_connect
from host.testing.trial.traces import Traces, left_behind, taken
from host.testing.trial.visiting import OWN_SECONDS, visit
from host.testing.workshop import companions, services_on

MEMORY = 2 * 1024**3
"""Bytes of address space: a plugin that takes more is out of memory."""
IMPORT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Trial:
    """What a child is given; `functions` is what everything was before (`watched_functions`)."""

    subject: Subject
    folder: Path
    template: Path
    diary: Diary
    guard: Guard
    functions: Mapping[str, object]


def run(trial: Trial) -> None:
    """Take every step that can be taken."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.path[:0] = trial.subject.path
    before = taken(trial.functions)
    plugin, left = _imported(trial, before)
    if plugin is None:
        return
    name = trial.subject.name or str(getattr(getattr(plugin, "manifest", None), "name", ""))
    if _contract(trial, name, plugin) and not left:  # in a process it has changed, nothing more could be told of it
        _rest(trial, name)
        trial.diary.done("leaving", left=left_behind(before, taken()))


def _imported(trial: Trial, before: Traces) -> tuple[object | None, list[str]]:
    trial.diary.begin("import", trial.subject.value, seconds=IMPORT_SECONDS)
    trial.guard.clear()
    began = time.process_time()
    plugin, error = None, ""
    try:
        plugin = trial.subject.named("").load()
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - whatever it does while it is imported, the trial is written down
        told = f": {problem}" if isinstance(problem, (ImportError, AttributeError, SyntaxError)) else ""
        error = f"{type(problem).__name__}{told}"  # the text of anything else could hold a secret
    left = left_behind(before, taken())
    trial.diary.done(
        "import",
        error=error,
        cpu=time.process_time() - began,
        connections=list(trial.guard.connections),
        processes=list(trial.guard.processes),
        left=left,
        files=[str(path) for path in source_files(trial.subject.package)],
    )
    return plugin, left


def _contract(trial: Trial, name: str, plugin: object) -> bool:
    trial.diary.begin("contract")
    about = "manifest"
    try:
        manifest_of(name, plugin)
        about = "hooks"
        implementations_of(plugin)
    except Rejected as rejected:
        about = "name" if about == "manifest" and not _is_named(name, plugin) else about
        trial.diary.done("contract", name=name, rejected=str(rejected.sentence), about=about)
        return False
    trial.diary.done("contract", name=name, rejected="", **describe(plugin))
    return True


def _is_named(name: str, plugin: object) -> bool:
    manifest = getattr(plugin, "manifest", None)
    return not isinstance(manifest, Manifest) or (manifest.name == name and NAME.fullmatch(name) is not None)


def _rest(trial: Trial, name: str) -> None:
    trial.diary.begin("installation", seconds=OWN_SECONDS)
    points = [*companions(name), trial.subject.named(name)]
    services = services_on(trial.folder / "tsunagu.db", trial.template, points)
    loaded = services.registry.get(name)
    if loaded is None:
        quarantined = services.registry.quarantined
        trial.diary.done("loading", refused=str(quarantined[0].reason) if quarantined else "It was not loaded.")
        return
    trial.diary.done("loading", refused="")
    if not migrate(trial.diary, services.database, loaded.manifest):
        return
    lab = Lab(services, loaded)
    call_hooks(trial.diary, trial.guard, lab)
    announce(trial.diary, lab)
    run_jobs(trial.diary, lab)
    check_health(trial.diary, lab)
    begin_to_connect(trial.diary, loaded.manifest)
    keep_names(trial.diary, lab)
    visit(trial.diary, lab)
