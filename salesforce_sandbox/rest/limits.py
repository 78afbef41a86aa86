"""/limits and the list of resources."""

from __future__ import annotations

from salesforce_sandbox.rest.call import Call, Reply

_BULK_JOBS = 10_000
_DAY = 24 * 3600
_RESOURCES = ("composite", "jobs", "limits", "parameterizedSearch", "query", "queryAll", "search", "sobjects")


def limits(call: Call) -> Reply:
    maximum = call.org.settings.daily_limit
    remaining = max(0, maximum - call.org.usage.used())
    bulk_left = max(0, _BULK_JOBS - _jobs_today(call))
    body = {
        "DailyApiRequests": {"Max": maximum, "Remaining": remaining},
        "DailyBulkV2QueryJobs": {"Max": _BULK_JOBS, "Remaining": bulk_left},
    }
    return Reply(200, body)


def _jobs_today(call: Call) -> int:
    after = call.org.clock.timestamp() - _DAY
    return sum(job.ready_at > after for job in call.org.bulk_jobs.values())


def resources(call: Call) -> Reply:
    identity = f"{call.org.base_url}/id/{call.org.id}/{call.user.user_id}"
    return Reply(200, {name: f"{call.base}/{name}" for name in _RESOURCES} | {"identity": identity})
