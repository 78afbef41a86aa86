"""The nightly connection test: a right that was lost is told before it hurts (B10)."""

from __future__ import annotations

from datetime import time

from host.plugin_api import Done, JobRun, PluginContext, RetryLater, ScheduledJob, Sentence, Skipped
from plugins.salesforce import rights
from plugins.salesforce.assigning import refresh_quietly
from plugins.salesforce.connection import NOT_CONNECTED, LiveConnection, read_connection
from plugins.salesforce.domain.inspection import Inspection
from plugins.salesforce.inspecting import inspect
from plugins.salesforce.org import keep_schema
from plugins.salesforce.task_org import keep_described
from plugins.salesforce.wording import N_

LOST_CONNECTION = N_("The connection to Salesforce is lost: there is nothing to test.")
FAILED = N_("The test could not be done: %(reason)s")
FOUND = N_("Rights missing: %(missing)s, lost since they were agreed: %(lost)s.")


def check_rights(context: PluginContext, run: JobRun) -> Done | Skipped:  # noqa: ARG001 - a job is given its run
    """Run the test, keep its result, raise or clear the alarm, and let work go that waited for a right given back.

    Raises:
        RetryLater: Salesforce did not answer; nothing is known of any right.
    """
    info = read_connection(context)
    if info is None or info.lost:
        return Skipped(reason=LOST_CONNECTION if info else NOT_CONNECTED)
    before = rights.record_from(context.settings.read())
    connection = LiveConnection(context, info)
    inspected = inspect(connection, by="")
    record = rights.keep(context, inspected.inspection)
    outcome, api_calls = inspected.outcome, inspected.inspection.api_calls
    if isinstance(outcome, RetryLater):
        outcome.api_calls = api_calls
        raise outcome
    if isinstance(outcome, Exception):
        return Skipped(reason=Sentence(FAILED, reason=rights.sentence(outcome.message)), api_calls=api_calls)
    keep_schema(context, outcome.schema)
    keep_described(context, outcome.task)
    api_calls += refresh_quietly(connection)
    if _given_back(before, inspected.inspection):
        context.resume_parked()
    text = Sentence(FOUND, missing=len(inspected.inspection.missing), lost=len(record.lost))
    return Done(summary=text, api_calls=api_calls)


def _given_back(before: rights.RightsRecord, now: Inspection) -> bool:
    was_refused = before.last is not None and before.last.failed
    return was_refused or (before.good is not None and bool(before.good.missing - now.missing))


JOB = ScheduledJob(name="permission_check", title=N_("Nightly connection test"), run=check_rights, daily_at=time(3, 30))
