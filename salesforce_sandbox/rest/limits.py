"""/limits and the list of resources."""

from __future__ import annotations

from salesforce_sandbox.rest.call import Call, Reply

_RESOURCES = ("composite", "limits", "parameterizedSearch", "query", "queryAll", "search", "sobjects")


def limits(call: Call) -> Reply:
    maximum = call.org.settings.daily_limit
    remaining = max(0, maximum - call.org.usage.used())
    return Reply(200, {"DailyApiRequests": {"Max": maximum, "Remaining": remaining}})


def resources(call: Call) -> Reply:
    identity = f"{call.org.base_url}/id/{call.org.id}/{call.user.user_id}"
    return Reply(200, {name: f"{call.base}/{name}" for name in _RESOURCES} | {"identity": identity})
