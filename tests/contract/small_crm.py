"""A small plugin that does everything right, its CRM, and ways in which it could do one thing wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from host.testing import CALLER, Known, Lab, Reply, Request, Scenario

KEY = "canary-key-of-the-crm"
RIGHT = """
from dataclasses import dataclass, field
from datetime import timedelta
import requests
from host.plugin_api import *

CRM = "https://crm.example.com"

@dataclass
class Login:
    key: str = field(repr=False)

def asked(context, verb, path, **more):
    login = Login(context.secrets.get("key"))
    headers = {"Authorization": login.key}
    try:
        reply = requests.request(verb, CRM + path, headers=headers, timeout=(5, 10), **more)
    except requests.RequestException:
        raise RetryLater("The CRM is away.", api_calls=1) from None
    if reply.status_code == 401:
        raise NeedsReauthorisation("The key is refused.", api_calls=1)
    if reply.status_code == 403:
        raise NeedsConfiguration("A right is missing.", api_calls=1)
    if reply.status_code == 429:
        raise RetryLater("Too many.", after=timedelta(seconds=int(reply.headers["Retry-After"])), api_calls=1)
    if reply.status_code >= 500:
        raise RetryLater("The CRM is ill.", api_calls=1)
    try:
        return reply.json()
    except ValueError:
        raise RetryLater("That is no JSON.", api_calls=1) from None

def import_all(context, run):
    for number in range(run.kept.get("done", 0), 3):
        if run.stopping():
            return None
        run.keep({"done": number + 1}, done=number + 1, total=3)
    return Done(summary="Imported.")

class Plugin:
    manifest = Manifest(
        name="small", title="Small", description="Small.", version="1",
        jobs=(ScheduledJob(name="import_all", title="Import", run=import_all),),
    )

    @hookimpl
    def on_call_end(self, context, event):
        found = asked(context, "GET", "/people", params={"phone": event.call.number})
        if not found:
            return Skipped(reason="Nobody.", api_calls=1)
        names = {"company": found[0]["company"], "person": found[0]["name"]}
        entry = ContactEntry(number=event.call.number, **names, source=context.plugin, updated_at=context.clock())
        context.contact_book.register(entry)
        return Done(summary="Registered.", api_calls=1)

    @hookimpl
    def on_memo_saved(self, context, event):
        asked(context, "PUT", "/notes/" + event.call.id, json={"text": event.memo.text})
        return Done(summary="Written.", api_calls=1)

plugin = Plugin()
"""
NOTHING_FOUND = """        if not found:
            return Skipped(reason="Nobody.", api_calls=1)
"""
AWAY = 'except requests.RequestException:\n        raise RetryLater("The CRM is away."'
STORM = """except requests.RequestException:
        for _ in range(20):
            try: requests.get(CRM, timeout=1)
            except requests.RequestException: pass
        raise RetryLater("The CRM is away."\
"""
OUTSPOKEN = """except requests.RequestException as error:
        context.log.warning("away", error=str(error))
        raise RetryLater("The CRM is away."\
"""
FIRST_ONLY = """known = context.settings.read().get(event.call.id) or event.memo.text
        context.settings.write({event.call.id: known})
        asked(context, "PUT", "/notes/" + event.call.id, json={"text": known})\
"""
WRITING = 'asked(context, "PUT", "/notes/" + event.call.id, json={"text": event.memo.text})'
LIMITED = 'raise RetryLater("Too many.", after=timedelta(seconds=int(reply.headers["Retry-After"])), api_calls=1)'
LOGGING = "    context.log.info('asked', url=reply.url)\n    if reply.status_code == 401"

WRONG = {
    "swaps_names": ('"company": found[0]["company"], "person"', '"person": found[0]["company"], "company"', "finds"),
    "empties_entries": (NOTHING_FOUND, '        found = found or [{"company": "", "name": ""}]\n', "finds"),
    "doubles_memos": (WRITING, WRITING.replace("PUT", "POST"), "repeatable keeps-up"),
    "keeps_the_first": (WRITING, FIRST_ONLY, "keeps-up"),
    "hides_costs": ('summary="Registered.", api_calls=1', 'summary="Registered."', "counts"),
    "waits_for_ever": ("timeout=(5, 10), ", "", "time-outs"),
    "waits_too_long": ("timeout=(5, 10), ", "timeout=600, ", "time-outs"),
    "gives_up_when_away": (AWAY, AWAY.replace("RetryLater", "PermanentFailure"), "outage"),
    "trips_over_nonsense": ("except ValueError", "except KeyError", "outage"),
    "storms": (AWAY, STORM, "outage"),
    "tries_a_refused_key_again": ('NeedsReauthorisation("The key', 'RetryLater("The key', "refused-credentials"),
    "fails_for_a_refused_key": ('NeedsReauthorisation("The key', 'PermanentFailure("The key', "refused-credentials"),
    "tries_without_right": ('NeedsConfiguration("A right', 'RetryLater("A right', "missing-rights"),
    "is_impatient": (LIMITED, 'raise RetryLater("Too many.", api_calls=1)', "limits"),
    "gives_up_at_limits": (LIMITED, 'raise PermanentFailure("Too many.", api_calls=1)', "limits"),
    "logs_addresses": ("    if reply.status_code == 401", LOGGING, "discreet"),
    "prints_its_key": ("    key: str = field(repr=False)", "    key: str", "discreet"),
    "logs_errors": (AWAY, OUTSPOKEN, "discreet"),
    "cannot_go_on": ('run.kept.get("done", 0)', 'int(run.kept.get("done") and "x" or 0)', "jobs-run"),
    "keeps_no_json": ('{"done": number + 1}', '{"done": number + 1, "at": context.clock()}', "jobs-run"),
    "tells_memos": ('summary="Written."', 'summary=f"Written: {event.memo.text}"', "discreet"),
}  # name → what is replaced, by what, the rules that are to fail


def wrong_source(name: str) -> str:
    before, after, _ = WRONG[name]
    assert RIGHT.count(before) == 1, name
    return RIGHT.replace(before, after)


class SmallCrm(Scenario):
    """One person, and notes: under the key of a PUT, or a new one for each POST."""

    known = Known(company="Acme", person="Ann Example")
    writes = True

    @contextmanager
    def running(self) -> Iterator[None]:
        self.notes: dict[str, str] = {}
        yield

    def connect(self, lab: Lab) -> None:
        lab.context.secrets.put({"key": KEY})

    def answer(self, request: Request) -> Reply:
        if request.path.startswith("/notes"):
            key = request.path if request.method == "PUT" else f"{len(self.notes)}"
            self.notes[key] = request.json()["text"]
            return Reply(json={})
        return Reply(json=[{"company": "Acme", "name": "Ann Example"}] if request.query.get("phone") == CALLER else [])

    def records(self) -> Sequence[str]:
        return list(self.notes.values())

    def secrets(self) -> tuple[str, ...]:
        return (KEY,)
