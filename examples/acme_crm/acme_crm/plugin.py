"""Looks callers up in Acme CRM, writes memos there, notes clicked calls."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from marshmallow import Schema, fields, validate

from acme_crm.auth import Feature
from host.plugin_api import (
    CallEnded,
    ContactEntry,
    Counter,
    Done,
    HealthCheck,
    JobRun,
    Manifest,
    Match,
    MemoSaved,
    NumberClicked,
    PluginContext,
    RecordRef,
    Result,
    ScheduledJob,
    Skipped,
    hookimpl,
)

PERSON = "person"
AT_ONCE = 50
NOBODY = "Acme CRM knows nobody with this number."
NO_NUMBER = "No number that could be looked up."


class Settings(Schema):
    """What an admin fills in."""

    address = fields.Url(
        required=True,
        schemes={"http", "https"},
        require_tld=False,
        metadata={"label": "Address of Acme CRM", "help": "Such as https://acme.example.com"},
    )
    client_id = fields.String(load_default="", metadata={"label": "Client ID"})
    client_secret = fields.String(load_default="", metadata={"label": "Client secret", "secret": True})
    memos = fields.Boolean(load_default=True, metadata={"label": "Write memos into Acme CRM"})
    daily_calls = fields.Integer(
        load_default=10_000,
        validate=validate.Range(min=100, max=1_000_000),
        metadata={"label": "API calls a day", "help": "As your contract with Acme says; a tenth is kept for calls."},
    )


def ask(context: PluginContext, verb: str, path: str, **more: Any) -> Any:
    """Ask Acme CRM for something below its address."""
    return context.crm.ask(verb, context.config()["address"].rstrip("/") + path, **more)


def register(context: PluginContext, person: dict[str, str]) -> Match:
    """Put a person into the contact book, and remember who has the number."""
    record = RecordRef(object="Person", id=person["id"])
    entry = ContactEntry(
        number=person["phone"],
        company=person["company"],
        person=person["name"],
        source=context.plugin,
        record=record,
        record_url=person["url"],
        updated_at=context.clock(),
    )
    context.contact_book.register(entry)
    context.links.put(PERSON, person["phone"], person["id"])
    return Match(record=record, company=entry.company, person=entry.person, url=entry.record_url, api_calls=1)


def fetch_today(context: PluginContext, run: JobRun) -> Done | None:
    """Look all numbers of the last day up again, many with one request."""
    if not context.crm.declares(Feature.BULK):
        return Done(summary="This connection cannot fetch in bulk.")
    since, limit = run.due_at - timedelta(days=1), context.config()["daily_calls"]
    after, done = str(run.kept.get("after", "")), int(run.kept.get("done", 0))
    while numbers := context.calls.numbers_between(since, run.due_at, after=after, limit=AT_ONCE):
        if run.stopping():
            return None
        context.budget.require(limit, reserve=limit // 10)
        people = ask(context, "GET", "/api/people", params={"phones": ",".join(numbers)})
        found = {person["phone"]: register(context, person) for person in people}
        nobody = {number: Match(record=None, rule=NOBODY) for number in numbers if number not in found}
        context.calls.keep_matches({**nobody, **found}, since, run.due_at)
        after, done = numbers[-1], done + len(numbers)
        run.keep({"after": after, "done": done}, done=done, total=0)
    return Done(summary="All people of the day are up to date.")


def answers(context: PluginContext) -> str:
    """Whether Acme CRM answers, for the page of the plugin."""
    ask(context, "GET", "/api/me")
    return "Acme CRM answers."


class AcmeCrm:
    """The plugin."""

    manifest = Manifest(
        name="acme_crm",
        title="Acme CRM",
        version="1.0.0",
        description="Names from Acme CRM, and memos into it.",
        deadline_seconds=50,
        translations="acme_crm",
        settings=Settings,
        auth_group="acme_crm.auth",
        features=Feature,
        health=(HealthCheck(name="answers", title="Acme CRM", run=answers),),
        counters=(Counter(name="lookups", help="Look-ups by what came of them", labels=("outcome",)),),
        jobs=(ScheduledJob(name="fetch_today", title="Fetch people", run=fetch_today, daily_at=time(23, 30)),),
        help=("Fill in the address, save, then connect. Names appear from the next call on.",),
        record_kinds={"Person": "Person"},
    )

    @hookimpl
    def on_call_end(self, context: PluginContext, event: CallEnded) -> Result:
        """Look the caller up."""
        if event.call.number is None:
            return Skipped(reason=NO_NUMBER)
        people = ask(context, "GET", "/api/people", params={"phones": event.call.number})
        context.count("lookups", outcome="found" if people else "nobody")
        if not people:
            return Skipped(reason=NOBODY, api_calls=1, match=Match(record=None, rule=NOBODY, api_calls=1))
        return Done(summary="Registered from Acme CRM.", api_calls=1, match=register(context, people[0]))

    @hookimpl
    def on_memo_saved(self, context: PluginContext, event: MemoSaved) -> Result:
        """Write the note of this call, as the memo stands now; a repeat writes the same once more."""
        if not context.config()["memos"]:
            return Skipped(reason="Memos are switched off in the settings.")
        text = "\n".join(filter(None, [", ".join(event.memo.items), event.memo.text]))
        person = context.links.get(PERSON, event.call.number) if event.call.number else None
        ask(context, "PUT", f"/api/notes/{event.call.id}", json={"person": person, "text": text})
        return Done(summary="The memo is in Acme CRM.", api_calls=1)

    @hookimpl
    def on_click_to_call(self, context: PluginContext, event: NumberClicked) -> Result:
        """Note at the person that they are called."""
        if event.record is None or event.record.object != "Person" or not context.crm.declares(Feature.CLICKS):
            return Skipped(reason="Nothing of Acme CRM was clicked, or this connection does not note clicks.")
        sent = {"person": event.record.id, "number": event.number, "agent": event.agent.name}
        ask(context, "PUT", f"/api/dials/{event.call.id}", json=sent)
        return Done(summary="The click is noted in Acme CRM.", api_calls=1)


plugin = AcmeCrm()
