"""Rules about what people see of a plugin: its pages and routes, its texts in their language, and nothing private."""

from __future__ import annotations

from collections.abc import Iterator

from host.testing.judging.catalogue_check import gaps
from host.testing.judging.evidence import Evidence
from host.testing.judging.html import faults_of_page
from host.testing.rule import NotApplicable, NotShown, Rule, Tier
from host.testing.story import PERSONAL
from host.testing.trial.record import Facts

SERVER_ERROR = 500
REFUSING = {301, 302, 303, 400, 401, 403, 404, 405, 415, 422}
LONGEST_SENTENCE = 600
CLOSING = (".", "。", "!", "?", "”", ")", "…")
SECTIONS = {"main", "settings", "integrations"}


def _visited(evidence: Evidence) -> list[Facts]:
    if not {"pages", "rest"} & set(evidence.manifest["brings"]):
        raise NotApplicable("The plugin has neither pages nor routes.")
    return [step for step in evidence.trial.all("page") if step["who"] != "admin, switched off"]


def pages_answer(evidence: Evidence) -> Iterator[str]:
    for step in _visited(evidence):
        if step["status"] >= SERVER_ERROR:
            yield f"{step['method']} {step['address']} fails ({step['status']}) for {step['who']}."
    for kind in ("page", "building"):
        yield from (f"{died}." for died in evidence.trial.died_while(kind))
    for built in evidence.trial.all("building"):
        yield from [built["refused"]] if built["refused"] and not built["reaches"] else []


def guarded(evidence: Evidence) -> Iterator[str]:
    for step in _visited(evidence):
        if step["who"] == "anonymous" and step["status"] not in REFUSING:
            yield f"{step['method']} {step['address']} answers {step['status']} to somebody who has not logged in."
        if step["method"] != "GET" and not step["address"].startswith("/api/") and step["status"] not in REFUSING:
            yield f"{step['method']} {step['address']} is taken without the form's token (csrf_token)."


def accessible(evidence: Evidence) -> Iterator[str]:
    for step in _visited(evidence):
        if step["status"] == 200 and step["text"] and step["type"] == "text/html" and "<html" in step["text"]:
            yield from (f"{step['address']} {fault}." for fault in faults_of_page(step["text"]))


def routes(evidence: Evidence) -> Iterator[str]:
    if "rest" not in evidence.manifest["brings"]:
        raise NotApplicable("The plugin has no API routes.")
    found = evidence.trial.one("rest")
    if found is None:
        raise NotShown("Its routes were not reached.")
    if found["routes"] and not found["described"]:
        yield "None of its routes stands in the API's description (/api/v1/openapi.json)."
    for step in _visited(evidence):
        if step["address"].startswith("/api/") and step["status"] >= 400 and "json" not in step["type"]:
            yield f"{step['method']} {step['address']} answers {step['status']} with {step['type']}, not with JSON."


def declared(evidence: Evidence) -> Iterator[str]:
    manifest = evidence.manifest
    if not manifest["description"].strip():
        yield "Its manifest has no description; an admin decides by it whether to switch the plugin on."
    endpoints = {endpoint for built in evidence.trial.all("building") for endpoint in built["endpoints"]}
    for endpoint in (*manifest["navigation"], *manifest["actions"]):
        if endpoint.removeprefix(f"{manifest['name']}.") not in endpoints:
            yield f"Its menu or a call's page leads to {endpoint}, and it has no such page."
    yield from (f"There is no section “{name}” of the menu." for name in set(manifest["sections"]) - SECTIONS)
    if manifest["dials"] and "on_click_to_call" not in manifest["hooks"]:
        yield "Its manifest says that it dials, and it has no on_click_to_call."


def translated(evidence: Evidence) -> Iterator[str]:
    manifest = evidence.manifest
    if not manifest["translations"]:
        yield "Its manifest names no package with translations."
        return
    steps = (*evidence.trial.all("hook"), *evidence.trial.all("job"), *evidence.trial.all("health"))
    said = [step["template"] for step in steps if step["template"] and step["result"] != "bug"]
    yield from gaps(manifest["translations"], [*manifest["texts"], *said])


def readable(evidence: Evidence) -> Iterator[str]:
    for step in (*evidence.trial.all("hook"), *evidence.trial.all("job")):
        message = str(step["message"])
        what = step.get("hook") or step["job"]
        if step["result"] in ("done", "bug") and not message:
            continue
        if not message.strip():
            yield f"{what}: {step['result']} without a word; somebody has to know why."
        elif not message.isprintable() and not message.replace("\n", "").isprintable():
            yield f"{what} says something that cannot be printed."
        elif len(message) > LONGEST_SENTENCE or not message.rstrip().endswith(CLOSING):
            yield f"{what} does not say a whole sentence, or too much: {message[:80]}"


def private(evidence: Evidence) -> Iterator[str]:
    for step in evidence.trial.all("hook"):
        heard = "\n".join(step["heard"])
        yield from (f"{step['hook']} writes {kind_of(part)} to the log." for part in PERSONAL if part in heard)
        yield from (f"{step['hook']} says {kind_of(part)} to admins." for part in PERSONAL if part in step["message"])


def kind_of(part: str) -> str:
    if part.isdigit():
        return "the caller's number"
    return "the text of a memo or an analysis" if part.startswith("Canary") else "the caller's name"


_LOADED = ("imports", "manifest", "hooks")
RULES = (
    Rule(
        id="pages-answer",
        tier=Tier.BRONZE,
        title="Its pages and routes answer",
        why="A page that fails or hangs takes a thread of the web server and tells an admin nothing.",
        mend=(
            "Answer 404 for what is not there and say what to do where nothing is set up; give what a page asks for a "
            "time-out."
        ),
        needs=_LOADED,
        judge=pages_answer,
    ),
    Rule(
        id="guarded",
        tier=Tier.BRONZE,
        title="Its pages are for people who have logged in",
        why="Numbers, names and memos are personal; a form without a token can be sent by any other site.",
        mend="Register routes on the blueprint that `pages` and `rest` give back, and put {{ ui.csrf() }} into every form.",
        needs=(*_LOADED, "pages-answer"),
        judge=guarded,
    ),
    Rule(
        id="accessible",
        tier=Tier.SILVER,
        title="Its pages can be used by everybody",
        why=(
            "Without title, heading and labels a screen reader cannot say where one is; inline scripts and styles do not "
            "run."
        ),
        mend="Extend layout.html and use the parts of docs/plugin-pages.md: page_header, field, post_button.",
        needs=(*_LOADED, "pages-answer"),
        judge=accessible,
    ),
    Rule(
        id="routes",
        tier=Tier.SILVER,
        title="Its routes stand in the API's description and speak JSON",
        why="Whoever writes a program against the API has nothing but its description.",
        mend="Build `rest` with flask_smorest.Blueprint, with schemas for what comes in and goes out.",
        needs=(*_LOADED, "pages-answer"),
        judge=routes,
    ),
    Rule(
        id="declared",
        tier=Tier.SILVER,
        title="What it declares is there",
        why="Menu, buttons and the taking of clicks follow from the manifest: what is not there is a dead end for a person.",
        mend="Name endpoints that the blueprint has; declare `dials` only with on_click_to_call.",
        needs=(*_LOADED, "pages-answer"),
        judge=declared,
    ),
    Rule(
        id="translated",
        tier=Tier.SILVER,
        title="It speaks the languages of the host",
        why="Half of the people who read its texts read Japanese.",
        mend="Mark texts with _ or N_, name the package in `translations`, and fill and compile its messages.po.",
        needs=_LOADED,
        judge=translated,
    ),
    Rule(
        id="readable",
        tier=Tier.SILVER,
        title="What it says are sentences",
        why="The text is all an admin has to go by: on the call's page, in the inbox of errors, in mails.",
        mend="Say in one or two sentences what happened and what to do.",
        needs=("answers",),
        judge=readable,
    ),
    Rule(
        id="private",
        tier=Tier.SILVER,
        title="It keeps numbers, names and memos out of logs and messages",
        why="Logs are kept for long and read by many; what people said on the telephone is nobody's business there.",
        mend="Log ids and counts. Never log an exception of an HTTP library: its text holds the address with the number.",
        needs=("answers", "modest"),
        judge=private,
    ),
)
