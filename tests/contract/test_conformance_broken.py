"""B14, R35: each broken plugin fails the rule that is about what is broken in it, and no other of the lowest grade."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken_plugins import MISBEHAVING, UNLOADABLE, hook, plugin_class
from harmful_plugins import MIGRATING, MOUNTING, REVISION, at_import, with_migrations

from host.testing import Report, Subject, Tier
from host.testing.checking import report_on
from host.testing.trial.running import try_out

FAILS = {
    "raises_on_import": "imports",
    "exits_on_import": "imports",
    "syntax_error": "imports",
    "no_plugin": "imports",
    "no_manifest": "manifest",
    "a_class": "manifest",
    "wrong_api": "manifest",
    "no_time": "manifest",
    "other_name": "names",
    "misspelled": "hooks",
    "unmarked": "hooks",
    "async_hook": "hooks",
    "generator": "hooks",
    "unknown_argument": "hooks",
    "keyword_argument": "hooks",
    "wrapper": "hooks",
    "specname": "hooks",
    "raises": "answers",
    "exits": "answers",
    "interrupts": "answers",
    "own_base": "answers",
    "returns_junk": "answers",
    "junk_match": "answers",
    "junk_count": "answers",
    "half_error": "answers",
    "recurses": "answers",
    "hangs": "in-time",
    "odd_text": "",
}
"""The rule that each of them fails, "" for one that a rule of a higher grade is about."""

MORE = {
    "connects": (
        "import socket\ntry:\n    socket.create_connection(('192.0.2.1', 80), 0.1)\nexcept OSError: pass\n",
        "quiet-import",
    ),
}  # what is done while it is imported, and the rule
IN_A_HOOK = {
    "vanishes": ("os._exit(3)", "answers"),
    "floods": ("for _ in range(500): context.log.info('again')", "modest"),
    "hoards": ("b = bytearray(400_000_000)\nb[::4096] = b'x' * len(b[::4096])", "modest"),
    "starts_processes": ("import subprocess\nsubprocess.run(['true'])", "modest"),
    "steals": (
        "from sqlalchemy import text\nwith context.database.writing() as c: c.execute(text('DELETE FROM users'))",
        "own-tables",
    ),
    "patches_later": ("import json\njson.loads = lambda text: {}", "leaves-nothing"),
}
HARMFUL = {
    "hangs_at_import": "imports",
    "burns_processor": "imports",
    "waits_for_input": "imports",
    "eats_memory": "imports",
    "ends_process": "imports",
    "segfaults": "imports",
    "kills_itself": "imports",
    "closes_files": "imports",
    "goes_in_circles": "imports",
    "patches_requests": "leaves-nothing",
    "patches_clock": "leaves-nothing",
    "patches_host": "leaves-nothing",
    "changes_folder": "leaves-nothing",
    "changes_locale": "leaves-nothing",
    "changes_signals": "leaves-nothing",
    "changes_log": "leaves-nothing",
    "changes_settings": "leaves-nothing",
    "starts_thread": "leaves-nothing",
    "sets_timer": "leaves-nothing",
    "before_all": "silent-when-off",
    "after_all": "silent-when-off",
    "handles_errors": "silent-when-off",
    "filters_all": "silent-when-off",
    "elsewhere": "silent-when-off",
    "cannot_build": "pages-answer",
    "exits_at_pages": "pages-answer",
    "hangs_at_pages": "pages-answer",
    "no_blueprint": "pages-answer",
    "takes_calls": "own-tables",
    "adds_column": "own-tables",
    "falls_over": "migrations",
}
"""The rule that each of the harmful plugins fails."""
AT_ONCE = 5
"""Some of them wait until they are ended."""
WORDY = {
    "says_numbers": ("return Skipped(reason=f'Nobody has {event.call.number}.')", "private"),
    "logs_names": ("context.log.info('call', who=event.call.external_name)", "private"),
    "says_nothing": ("return Skipped(reason='')", "readable"),
    "minds_fields": ("import dataclasses\nif len(dataclasses.fields(event)) > 4: raise TypeError", "newer-events"),
}
PAGES = """
def pages(context):
    from flask import Blueprint, abort
    blueprint = Blueprint("{name}", __name__)
    {body}
    return blueprint
"""
FINE = '"<!doctype html><html lang=en><title>T</title><h1>T</h1>"'
WITH_PAGES = {
    "page_raises": ("@blueprint.get('/a')\n    def a(): return 1 / 0", "pages-answer"),
    "pages_unbuildable": ("raise ValueError", "pages-answer"),
    "acts_everywhere": (
        f"@blueprint.before_app_request\n    def b(): pass\n    @blueprint.get('/a')\n    def a(): return {FINE}",
        "silent-when-off",
    ),
}
UNUSABLE_PAGES = {
    "page_unlabelled": (f"@blueprint.get('/a')\n    def a(): return {FINE} + '<input name=x>'", "accessible"),
    "page_inline": (f"@blueprint.get('/a')\n    def a(): return {FINE} + '<script>go()</script>'", "accessible"),
}
SILVER = {"odd_text": "readable", **{name: rule for name, (_, rule) in {**WORDY, **UNUSABLE_PAGES}.items()}}
SILVER["keeps_going"] = "jobs-stop"
SILVER["shows_secrets"] = "settings"
SHOWS_SECRETS = plugin_class("shows_secrets", hook("return Skipped(reason='Nothing to do.')")).replace(
    "class Plugin:",
    "from marshmallow import Schema, fields\nclass Form(Schema):\n"
    "    api_key = fields.String(metadata={'label': 'Key'})\n\nclass Plugin:",
).replace("manifest = Manifest(", "manifest = Manifest(settings=Form, ")  # fmt: skip
SILVER["sick_check"] = "healthy"
SICK_CHECK = plugin_class("sick_check", hook("return Skipped(reason='Nothing to do.')")).replace(
    "manifest = Manifest(", "manifest = Manifest(health=(HealthCheck(name='a', title='A', run=lambda context: 1 / 0),), "
)
KEEPS_GOING = plugin_class("keeps_going", hook("return Skipped(reason='Nothing to do.')")).replace(
    "manifest = Manifest(",
    "manifest = Manifest(jobs=(ScheduledJob(name='on', title='On', run=lambda c, r: time.sleep(6)),), ",
)


def sources() -> dict[str, str]:
    known = {name: found[0] for name, found in {**UNLOADABLE, **MISBEHAVING}.items()}
    on_import = {name: body + plugin_class(name, hook("pass")) for name, (body, _) in MORE.items()}
    in_a_hook = {name: plugin_class(name, hook(body)) for name, (body, _) in {**IN_A_HOOK, **WORDY}.items()}
    with_pages = {name: paged(name, body) for name, (body, _) in {**WITH_PAGES, **UNUSABLE_PAGES}.items()}
    harmful = {name: source for name, (source, _) in {**at_import(), **MOUNTING}.items()}
    harmful |= {name: with_migrations(name) for name in MIGRATING}
    return {
        **known,
        **harmful,
        **on_import,
        **in_a_hook,
        **with_pages,
        "keeps_going": KEEPS_GOING,
        "shows_secrets": SHOWS_SECRETS,
        "sick_check": SICK_CHECK,
    }


def paged(name: str, body: str) -> str:
    whole = plugin_class(name, hook("return Skipped(reason='Nothing to do.')"))
    built = PAGES.format(name=name, body=body)
    return whole.replace("class Plugin", f"{built}\nclass Plugin").replace(
        "manifest = Manifest(", "manifest = Manifest(pages=pages, "
    )


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    folder = tmp_path_factory.mktemp("broken")
    written = sources()
    for name, source in written.items():
        (folder / f"{name}_module.py").write_text(source)
    for name, (body, _) in MIGRATING.items():
        package = folder / f"{name}_migrations"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / f"{name}_0001.py").write_text(REVISION.format(name=name, body=body))
    subjects = [Subject(name=name, value=f"{name}_module:plugin", path=(str(folder),)) for name in written]
    return {trial.subject.name: report_on(trial, None, Path(folder)) for trial in try_out(subjects, at_once=AT_ONCE)}


def failing(report: Report, tier: Tier) -> list[str]:
    return [finding.rule.id for finding in report.failed if finding.rule.tier == tier]


EXPECTED = {**FAILS, **HARMFUL, **{name: rule for name, (_, rule) in {**MORE, **IN_A_HOOK, **WITH_PAGES}.items()}}


def test_b14_every_known_broken_plugin_has_its_rule() -> None:
    assert set(FAILS) == set(UNLOADABLE) | set(MISBEHAVING)
    assert set(HARMFUL) == set(at_import()) | set(MOUNTING) | set(MIGRATING)


@pytest.mark.parametrize("name", EXPECTED)
def test_b14_a_broken_plugin_fails_exactly_the_rule_it_breaks(name: str, reports: dict[str, Report]) -> None:
    expected = [EXPECTED[name]] if EXPECTED[name] else []
    assert failing(reports[name], Tier.BRONZE) == expected
    assert (reports[name].tier is Tier.NONE) == bool(expected)


@pytest.mark.parametrize("name", SILVER)
def test_b14_what_is_only_impolite_costs_the_second_grade(name: str, reports: dict[str, Report]) -> None:
    usual = {"translated", "declared"}  # none of them has a description or a catalogue
    assert set(failing(reports[name], Tier.SILVER)) - usual == {SILVER[name]}
    assert reports[name].tier is Tier.BRONZE


def test_b14_what_cannot_be_tried_is_not_called_good(reports: dict[str, Report]) -> None:
    finding = reports["raises_on_import"].of("in-time")
    assert (finding.good, finding.reason) == (False, "It can be tried when imports holds.")


def test_b14_every_fault_says_what_why_and_how(reports: dict[str, Report]) -> None:
    for report in reports.values():
        for finding in report.failed:
            assert finding.faults
            assert all(fault.strip() for fault in finding.faults)
            assert finding.rule.why.endswith(".")
            assert finding.rule.mend.endswith(".")


def test_b14_no_fault_shows_what_the_plugin_put_into_its_error(reports: dict[str, Report]) -> None:
    told = "\n".join(fault for finding in reports["raises"].failed for fault in finding.faults)
    assert "+81" not in told
