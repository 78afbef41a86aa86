"""Rules about a plugin that runs beside others: it answers, in time and within bounds, and touches what is its own."""

from __future__ import annotations

from collections.abc import Iterator

from host.testing.judging.evidence import Evidence
from host.testing.rule import NotApplicable, NotShown, Rule, Tier
from host.testing.trial.record import Facts

LATE = "did not end in time"
MOST_LINES = 30
MOST_MEGABYTES = 200
JOB_SECONDS = 5.0
OUT_OF_MEMORY = "MemoryError"
NOT_OWNED = "TableNotOwned"


def _called(evidence: Evidence) -> list[Facts]:
    if not evidence.manifest["hooks"]:
        raise NotApplicable("The plugin has no hook.")
    if not evidence.trial.all("hook") and not evidence.trial.died_in.startswith("hook"):
        raise NotShown("Its hooks were not reached.")
    return [step for step in evidence.trial.all("hook") if not step["newer"]]


def answers(evidence: Evidence) -> Iterator[str]:
    for step in _called(evidence):
        if step["result"] == "bug" and not step["foreign"] and OUT_OF_MEMORY not in step["message"]:
            yield f"{step['hook']} with {step['case']}: {step['message']}"
    for step in evidence.trial.all("announcing"):
        if step["result"] == "bug":
            yield f"announce with {step['case']}: {step['message']}"
    if LATE not in evidence.trial.died_how:
        yield from (f"{died}." for died in evidence.trial.died_while("hook"))


def in_time(evidence: Evidence) -> Iterator[str]:
    for step in _called(evidence):
        if step["hanging"]:
            yield f"{step['hook']} with {step['case']} has nobody to ask and does not end within {step['seconds']:.1f} s."
    if LATE in evidence.trial.died_how:
        yield from (f"{died}." for died in evidence.trial.died_while("hook"))


def newer_events(evidence: Evidence) -> Iterator[str]:
    _called(evidence)
    for step in evidence.trial.all("hook"):
        if step["newer"] and step["result"] == "bug":
            yield f"{step['hook']}: {step['message']}"


def modest(evidence: Evidence) -> Iterator[str]:
    for step in _called(evidence):
        what = f"{step['hook']} with {step['case']}"
        if step["megabytes"] > MOST_MEGABYTES or OUT_OF_MEMORY in step["message"]:
            yield f"{what} takes more than {MOST_MEGABYTES} MB of memory."
        if step["lines"] > MOST_LINES:
            yield f"{what} writes {step['lines']} lines to the log; {MOST_LINES} are the most."
        yield from (f"{what} starts a process: {process}." for process in step["processes"])


def own_tables(evidence: Evidence) -> Iterator[str]:
    for step in evidence.trial.all("hook"):
        yield from (f"{step['hook']} with {step['case']}: {refusal}" for refusal in step["foreign"])
    migrated = evidence.trial.one("migrations")
    if migrated and NOT_OWNED in migrated["failed"]:
        yield migrated["failed"]
    prefix = f"{evidence.manifest['name']}_"
    made = [*(migrated or {}).get("made", ()), *evidence.manifest["tables"]]
    yield from (f"Its table {table} does not begin with {prefix}." for table in made if not table.startswith(prefix))
    yield from (f"Its migrations change the table {table}." for table in (migrated or {}).get("touched", ()))


def migrations(evidence: Evidence) -> Iterator[str]:
    if not evidence.manifest["migrations"]:
        if evidence.manifest["tables"]:
            yield "Its manifest names tables but no migrations: nothing makes them."
            return
        raise NotApplicable("The plugin has no tables.")
    yield from (f"{died}." for died in evidence.trial.died_while("migrations"))
    for found in evidence.trial.all("migrations"):
        if found["failed"] and NOT_OWNED not in found["failed"]:
            yield found["failed"]
        yield from (f"Migrations and models differ: {gap}." for gap in found.get("gaps", ()))
        yield from (f"Taking the migrations back leaves the table {table}." for table in found.get("left", ()))
        yield from (f"Made a second time the table {table} is another." for table in found.get("different", ()))


def leaves_nothing(evidence: Evidence) -> Iterator[str]:
    hanging = any(step["hanging"] for step in evidence.trial.all("hook"))  # then its thread is known of
    for step in (*evidence.trial.all("import"), *evidence.trial.all("leaving" if not hanging else "")):
        yield from step["left"]


def jobs_stop(evidence: Evidence) -> Iterator[str]:
    if not evidence.manifest["jobs"]:
        raise NotApplicable("The plugin has no job.")
    yield from (f"{died}." for died in evidence.trial.died_while("job"))
    for step in evidence.trial.all("job"):
        if step["result"] == "bug":
            yield f"{step['job']}: {step['message']}"
        if step["seconds"] > JOB_SECONDS:
            yield f"{step['job']} goes on for {step['seconds']:.0f} s after it was told to stop."


def healthy(evidence: Evidence) -> Iterator[str]:
    if not evidence.manifest["checks"]:
        raise NotApplicable("The plugin has no health check.")
    yield from (f"{died}." for died in evidence.trial.died_while("health"))
    for step in evidence.trial.all("health"):
        if step["result"] in ("bug", "wrong"):
            yield f"{step['check']}: {step['message']}"


def book(evidence: Evidence) -> Iterator[str]:
    found = evidence.trial.one("book")
    if "contact_book" not in evidence.manifest["brings"]:
        raise NotApplicable("The plugin keeps no contact book.")
    yield from (f"{died}." for died in evidence.trial.died_while("book"))
    yield from found["faults"] if found else []


def silent_when_off(evidence: Evidence) -> Iterator[str]:
    for built in evidence.trial.all("building"):
        yield from [built["refused"]] if built["reaches"] else []
    for step in evidence.trial.all("page"):
        if step["who"] == "admin, switched off" and step["status"] != 404:
            yield f"{step['method']} {step['address']} answers {step['status']} while the plugin is switched off."


RULES = (
    Rule(
        id="answers",
        tier=Tier.BRONZE,
        title="Every hook answers every call in the contract's words",
        why="What the host takes for a bug is tried three times and then fails: the call's name or memo is not written.",
        mend=(
            "Return Done or Skipped, raise RetryLater, NeedsReauthorisation, NeedsConfiguration or PermanentFailure; also "
            "for calls without number, agents or times, and while nothing is set up."
        ),
        needs=("imports", "manifest", "hooks"),
        judge=answers,
    ),
    Rule(
        id="in-time",
        tier=Tier.BRONZE,
        title="No hook goes past its deadline",
        why="A call that hangs keeps a thread of the worker; when all of the plugin's hang, it is not called any more.",
        mend="Give everything that waits a time-out, well below the manifest's deadline_seconds.",
        needs=("imports", "manifest", "hooks"),
        judge=in_time,
    ),
    Rule(
        id="modest",
        tier=Tier.BRONZE,
        title="It takes no more than its share",
        why="A worker serves all plugins: memory, processes and floods of log lines of one are missed by the others.",
        mend="Read large answers piece by piece, write a line or two for a call, start no processes in hooks.",
        needs=("imports", "manifest", "hooks", "in-time"),
        judge=modest,
    ),
    Rule(
        id="own-tables",
        tier=Tier.BRONZE,
        title="It writes its own tables only",
        why="Everything else belongs to the host or to others, who change it without asking.",
        mend=(
            "Begin your tables' names with the plugin's; use the context's ports for contact book, settings, secrets and "
            "calls."
        ),
        needs=("imports", "manifest", "hooks"),
        judge=own_tables,
    ),
    Rule(
        id="migrations",
        tier=Tier.BRONZE,
        title="Its tables can be made, taken away and made again",
        why="An upgrade that stops half-way stops the whole installation.",
        mend="Write revisions with upgrade and downgrade, and name the models in the manifest's `tables`.",
        needs=("imports", "manifest", "hooks"),
        judge=migrations,
    ),
    Rule(
        id="leaves-nothing",
        tier=Tier.BRONZE,
        title="It leaves nothing behind in the process",
        why="A replaced function, a thread, a handler or another directory changes how the host and other plugins work.",
        mend="Patch nothing, start no threads, set no handlers; keep what lasts in the database.",
        needs=("imports",),
        judge=leaves_nothing,
    ),
    Rule(
        id="silent-when-off",
        tier=Tier.BRONZE,
        title="Switched off it is silent",
        why="An admin switches a plugin off to be rid of what it does, at once.",
        mend="Use the blueprint's own before_request and the like, not those of the whole application (before_app_request).",
        needs=("imports", "manifest", "hooks"),
        judge=silent_when_off,
    ),
    Rule(
        id="newer-events",
        tier=Tier.SILVER,
        title="It takes events of a newer host",
        why="Events gain fields; a plugin that minds breaks with the host's next release.",
        mend="Read the fields you need; do not compare types exactly, and do not unpack events.",
        needs=("answers",),
        judge=newer_events,
    ),
    Rule(
        id="healthy",
        tier=Tier.SILVER,
        title="Its health checks say how it stands",
        why=(
            "They are the first an admin looks at; a check that breaks says nothing, and looks like a plugin that is broken."
        ),
        mend="Give back a sentence, or raise one of the contract's errors with one; also while nothing is set up.",
        needs=("imports", "manifest", "hooks"),
        judge=healthy,
    ),
    Rule(
        id="book",
        tier=Tier.BRONZE,
        title="Its contact book keeps names by number",
        why="All names that people see come from the contact book; every plugin writes to it.",
        mend=(
            "Do what host.plugin_api.ContactBook says: replace on register, leave absent what is unknown, refuse what is "
            "no E.164."
        ),
        needs=("imports", "manifest", "hooks"),
        judge=book,
    ),
    Rule(
        id="jobs-stop",
        tier=Tier.SILVER,
        title="Its jobs stop when they are told to",
        why="A job that goes on holds up the end of the worker, and does what an admin has just forbidden.",
        mend="Ask `run.stopping()` before each step, and return when it is true.",
        needs=("imports", "manifest", "hooks"),
        judge=jobs_stop,
    ),
)
