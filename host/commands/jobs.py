"""`tsunagu jobs`: what runs by the clock, when it last ran, and starting or stopping it by hand (R20)."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from host.scheduling.site_jobs import JobLine
    from host.services import Services


@click.group()
def command() -> None:
    """Jobs by the clock: list them, start and stop one."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
def list_(as_json: bool) -> None:
    """All jobs with their last run and when the next is due, in the site's time zone."""
    from host.commands.common import services, show
    from host.scheduling.site_jobs import job_lines

    site = services()
    lines = job_lines(site)
    if as_json:
        click.echo(json.dumps([asdict(line) for line in lines], default=str, ensure_ascii=False, indent=2))
        return
    columns = ("owner", "job", "last run", "state", "done", "API calls", "next", "message")
    show(columns, [_row(line, site) for line in lines])


def _row(line: JobLine, site: Services) -> tuple[str, ...]:
    from host.commands.common import when

    run = line.last_run
    if run is None:
        return (line.owner, line.name, "", "never ran", "", "", when(line.next_due, site), "")
    done = f"{run.done}/{run.total}" if run.total else str(run.done or "")
    began = when(run.started_at or run.due_at, site)
    return (line.owner, line.name, began, run.state, done, str(run.api_calls), when(line.next_due, site), run.message)


@command.command()
@click.argument("owner")
@click.argument("job")
def start(owner: str, job: str) -> None:
    """Let a job run now; if its last run is not over yet, that one goes on. OWNER is a plugin's name or "host"."""
    from host.commands.common import operator, services
    from host.scheduling.site_jobs import start_job

    run = start_job(services(), owner, job, operator())
    click.echo(f"Run {run} of {owner} {job} begins as soon as a worker is free.", err=True)


@command.command()
@click.argument("owner")
@click.argument("job")
def stop(owner: str, job: str) -> None:
    """End the run of a job that is not over yet; what it did stays. OWNER is a plugin's name or "host"."""
    from host.commands.common import operator, services
    from host.scheduling.site_jobs import jobs_of

    if jobs_of(services(), owner).stop(job, operator()):
        click.echo(f"{owner} {job} is stopped, or stops after the step under way.", err=True)
    else:
        click.echo(f"{owner} {job} is not running and waits for nothing.", err=True)
