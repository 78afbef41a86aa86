"""The connection test: one run over versions, access, rights and policies, for one API call (R7, R9, R10, B10)."""

from __future__ import annotations

from dataclasses import dataclass

from host.plugin_api import PluginError
from plugins.salesforce.activity_needs import needs_of
from plugins.salesforce.auth_api import PolicyFinding, PolicyLevel
from plugins.salesforce.client import Client
from plugins.salesforce.connection import LiveConnection
from plugins.salesforce.domain.access import access_findings, failed_finding, refused_finding, version_finding
from plugins.salesforce.domain.activity_rights import ACTIVITY_OBJECTS, activity_findings
from plugins.salesforce.domain.finding import Finding, Group, Level
from plugins.salesforce.domain.inspection import Inspection
from plugins.salesforce.domain.object_rights import object_findings
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.errors import NoApiAccess
from plugins.salesforce.org import OrgReport, read_org
from plugins.salesforce.preferences import preferences_from
from plugins.salesforce.versions import VersionNotOffered, offered_versions, require_offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """A test that was run: its lines, and what was read of the org or why it could not be."""

    inspection: Inspection
    outcome: OrgReport | PluginError

    def checked(self) -> OrgReport:
        """What was read of the org.

        Raises:
            PluginError: the test could not be done: no access to the API, a refused sign-in, no answer.
        """
        if isinstance(self.outcome, PluginError):
            raise self.outcome
        return self.outcome


def inspect(connection: LiveConnection, by: str) -> Inspected:
    """Run the test. It raises nothing that Salesforce may answer: a failure is a red line too.

    Args:
        by: who runs it; "" for the clock.
    """
    client = Client(connection, Purpose.TEST)
    lines: list[Finding] = []
    outcome: OrgReport | PluginError
    try:
        offered = offered_versions(connection.site().http, connection.info.instance_url)
        lines.append(version_finding(connection.info.api_version, offered))
        require_offered(connection.info.api_version, offered)
        outcome = read_org(client, ACTIVITY_OBJECTS)
        lines += _org_lines(client, outcome)
        lines += _policy_lines(connection)
    except PluginError as problem:
        outcome = problem
        lines += _failure(problem)
    inspection = Inspection(
        at=connection.context.clock(),
        by=by,
        api_calls=client.api_calls,
        findings=tuple(lines),
        failed=isinstance(outcome, PluginError),
    )
    return Inspected(inspection=inspection, outcome=outcome)


def _failure(problem: PluginError) -> tuple[Finding, ...]:
    if isinstance(problem, VersionNotOffered):
        return ()  # the line about versions says so
    return (refused_finding(problem.message) if isinstance(problem, NoApiAccess) else failed_finding(problem.message),)


def _org_lines(client: Client, report: OrgReport) -> tuple[Finding, ...]:
    context = client.connection.context
    stored = context.settings.read()
    task, user = (report.rights.get(name) for name in ACTIVITY_OBJECTS)
    return (
        *access_findings(report.organization, client.org_calls, context.clock()),
        *object_findings(report.schema, preferences_from(stored).unticked, report.described),
        *activity_findings(task, user, needs_of(stored)),
    )


def _policy_lines(connection: LiveConnection) -> tuple[Finding, ...]:
    """What the auth method knows; that it cannot be asked now fails nothing."""
    tokens = connection.tokens()
    try:
        found = connection.method.policy(connection.site(), tokens.kept, tokens.access_token)
    except PluginError as problem:
        found = (PolicyFinding(level=PolicyLevel.NOTE, text=problem.message),)
    return tuple(_policy_line(one) for one in found)


def _policy_line(found: PolicyFinding) -> Finding:
    level = Level(found.level.value)
    return Finding(level=level, group=Group.LOGIN, text=found.text, cost=found.cost, remedy=found.remedy)
