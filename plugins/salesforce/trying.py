"""Trying a new sign-in: whose it is and what it may do, before anything is stored (R10, R12, B8)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from host.plugin_api import AuthMethod, Grant, NeedsReauthorisation, PluginContext, PluginError, SalesforceUser
from plugins.salesforce.client import Client
from plugins.salesforce.connection import ConnectionInfo, LiveConnection, read_connection
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.org import OrgReport, read_org
from plugins.salesforce.site import auth_site
from plugins.salesforce.versions import check_version
from plugins.salesforce.wording import N_

WRONG_ACCOUNT = N_(
    "This is another Salesforce account than the connected one. Sign in as the same user, or disconnect first."
)
REFUSED_AT_ONCE = N_("Salesforce does not accept the connection it has just given. Try to connect again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A sign-in that was tested and is not stored yet. `api_calls` is what the test has spent."""

    info: ConnectionInfo
    grant: Grant = field(repr=False)
    report: OrgReport
    api_calls: int


class _Unstored(LiveConnection):
    """A connection that is tested before anything is stored."""

    def __init__(self, context: PluginContext, info: ConnectionInfo, grant: Grant) -> None:
        super().__init__(context, info)
        self._grant = grant

    def access_token(self) -> str:
        return self._grant.access_token

    def renewed(self, refused: str) -> str:  # noqa: ARG002
        raise NeedsReauthorisation(REFUSED_AT_ONCE)


def tried(context: PluginContext, method: AuthMethod, grant: Grant, by: str) -> Tried:
    """Test a new sign-in. One that fails is dropped at Salesforce, and what was connected before is left as it is."""
    try:
        check_account(read_connection(context), method.name, grant.user)
        return _tested(context, method, grant, by)
    except PluginError:
        drop(context, method, grant)
        raise


def check_account(known: ConnectionInfo | None, method: str, user: SalesforceUser) -> None:
    """Connecting again must come back as the same org; with the same method also as the same user."""
    if known is None:
        return
    same_org = known.org_id[:15] == user.org_id[:15]
    same_user = known.user_id[:15] == user.user_id[:15] or known.method != method
    if not (same_org and same_user):
        raise NeedsReauthorisation(WRONG_ACCOUNT)


def _tested(context: PluginContext, method: AuthMethod, grant: Grant, by: str) -> Tried:
    site = auth_site(context)
    check_version(site.http, grant.instance_url, site.api_version)
    info = ConnectionInfo(
        method=method.name,
        org_id=grant.user.org_id,
        user_id=grant.user.user_id,
        username=grant.user.username,
        instance_url=grant.instance_url,
        login_url=site.login_url,
        api_version=site.api_version,
        connected_at=context.clock(),
        connected_by=by,
    )
    client = Client(_Unstored(context, info, grant), Purpose.TEST)
    report = read_org(client)
    named = replace(info, org_name=report.org_name, edition=report.edition)
    return Tried(info=named, grant=grant, report=report, api_calls=client.api_calls)


def drop(context: PluginContext, method: AuthMethod, grant: Grant) -> None:
    """A grant that is not kept should not live on at Salesforce; if that fails, it runs out by itself."""
    try:
        method.revoke(auth_site(context), grant.kept, grant.access_token)
    except PluginError:
        context.log.warning("salesforce.revoke_failed", method=method.name)
