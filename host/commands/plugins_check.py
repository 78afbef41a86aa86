"""`tsunagu plugins check`: holds a plugin against the rules of the conformance kit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from host.testing.rule import Report

TIERS = ("bronze", "silver", "gold")


@click.command("check")
@click.argument("name", required=False)
@click.option("--module", metavar="PACKAGE.MODULE:OBJECT", help="A plugin that is not installed, by where its object is.")
@click.option("--scenario", metavar="PACKAGE.MODULE:OBJECT", help="How its CRM answers; default: what the plugin installs.")
@click.option(
    "--at-least", type=click.Choice(TIERS), default="bronze", show_default=True, help="The grade below which it fails."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
def check(name: str | None, module: str | None, scenario: str | None, at_least: str, as_json: bool) -> None:
    """Hold a plugin against the conformance rules, on a scratch installation; ends with 1 below the grade."""
    from host.testing.checking import check as run
    from host.testing.finding_scenarios import ScenarioUnusable, scenario_named, scenario_of
    from host.testing.rule import Tier
    from host.testing.subject import Subject, SubjectUnknown, installed_subject
    from host.testing.trial.running import TrialBroken

    if bool(name) == bool(module):
        raise click.UsageError("Give the name of an installed plugin, or --module package.module:object.")
    try:
        with _importing_from_here() if module or scenario else nullcontext():
            subject = installed_subject(name) if name else Subject(value=str(module))
            report = run(subject, scenario_named(scenario) if scenario else scenario_of(name or ""))
    except (SubjectUnknown, ScenarioUnusable, TrialBroken) as problem:
        raise click.ClickException(str(problem)) from None
    _print(report, as_json=as_json)
    if report.tier < Tier[at_least.upper()]:
        raise SystemExit(1)


@contextmanager
def _importing_from_here() -> Iterator[None]:
    """What is named by its module may lie in the current folder; in there it could hide an installed plugin's package."""
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path.remove(here)


def _print(report: Report, *, as_json: bool) -> None:
    from rich.console import Console

    from host.testing.printing import show, to_json

    if as_json:
        click.echo(to_json(report))
    else:
        show(report, Console(soft_wrap=True, highlight=False))
