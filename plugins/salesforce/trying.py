"""Trying a new sign-in: whose it is and what it may do, before anything is stored (R10, R12, B8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from host.plugin_api import NeedsReauthorisation, PluginContext, PluginError
from plugins.salesforce.auth.methods import auth_method
from plugins.salesforce.auth_api import AuthMethod, AuthSite, Grant, SalesforceUser
from plugins.salesforce.connection import ConnectionInfo, LiveConnection, Tokens, read_connection
from plugins.salesforce.domain.inspection import Inspection, inspection_from_json, inspection_to_json
from plugins.salesforce.domain.schema import OrgSchema, schema_from_json, schema_to_json
from plugins.salesforce.inspecting import inspect
from plugins.salesforce.site import AppKeys, keys_of, site_of
from plugins.salesforce.wording import N_

WRONG_ACCOUNT = N_(
    "This is another Salesforce account than the connected one. Sign in as the same user, or disconnect first."
)
REFUSED_AT_ONCE = N_("Salesforce does not accept the connection it has just given. Try to connect again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A sign-in that was tested and is not stored yet.

    `app` is the one it was made with. `inspection` is the test's result. `replaces` tells the connection made by another
    method that would be replaced, by the moment at which it was made.
    """

    info: ConnectionInfo
    grant: Grant = field(repr=False)
    app: AppKeys
    schema: OrgSchema
    inspection: Inspection
    replaces: datetime | None = None


class _Unstored(LiveConnection):
    """A connection that is tested before anything is stored."""

    def __init__(self, context: PluginContext, info: ConnectionInfo, grant: Grant) -> None:
        super().__init__(context, info)
        self._grant = grant

    def access_token(self) -> str:
        return self._grant.access_token

    def tokens(self) -> Tokens:
        return Tokens(access_token=self._grant.access_token, kept=self._grant.kept)

    def renewed(self, refused: str) -> str:  # noqa: ARG002
        raise NeedsReauthorisation(REFUSED_AT_ONCE)


def tried(context: PluginContext, site: AuthSite, method: AuthMethod, grant: Grant, by: str) -> Tried:
    """Test a new sign-in. One that fails is dropped at Salesforce, and what was connected before is left as it is."""
    known = read_connection(context)
    try:
        check_account(known, method.name, grant.user)
        found = _tested(context, site, method, grant, by)
    except PluginError:
        drop(context, site, method, grant)
        raise
    return replace(found, replaces=replaced_by(known, method.name))


def replaced_by(known: ConnectionInfo | None, method: str) -> datetime | None:
    """When the connection was made that a sign-in by this method would replace by another method; None if it would not."""
    return known.connected_at if known and known.method != method else None


def check_account(known: ConnectionInfo | None, method: str, user: SalesforceUser) -> None:
    """Connecting again must come back as the same org; with the same method also as the same user."""
    if known is None:
        return
    same_org = known.org_id[:15] == user.org_id[:15]
    same_user = known.user_id[:15] == user.user_id[:15] or known.method != method
    if not (same_org and same_user):
        raise NeedsReauthorisation(WRONG_ACCOUNT)


def _tested(context: PluginContext, site: AuthSite, method: AuthMethod, grant: Grant, by: str) -> Tried:
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
    inspected = inspect(_Unstored(context, info, grant), by)
    report = inspected.checked()
    named = replace(info, org_name=report.org_name, edition=report.edition)
    return Tried(info=named, grant=grant, app=keys_of(site), schema=report.schema, inspection=inspected.inspection)


def drop(context: PluginContext, site: AuthSite, method: AuthMethod, grant: Grant) -> None:
    """A grant that is not kept should not live on at Salesforce; if that fails, it runs out by itself."""
    try:
        method.revoke(site, grant.kept, grant.access_token)
    except PluginError:
        context.log.warning("salesforce.revoke_failed", method=method.name)


def give_back(context: PluginContext, found: Tried) -> None:
    """Drop the grant of a sign-in that was tested and is not wanted."""
    site = site_of(context, found.info.login_url, found.app)
    drop(context, site, auth_method(found.info.method), found.grant)


def tried_to_json(found: Tried) -> dict[str, Any]:
    """With its secrets: to be kept sealed only."""
    grant = found.grant
    return {
        "info": found.info.to_json(),
        "access_token": grant.access_token,
        "kept": dict(grant.kept),
        "app": asdict(found.app),
        "schema": schema_to_json(found.schema),
        "inspection": inspection_to_json(found.inspection),
        "replaces": found.replaces.isoformat() if found.replaces else None,
    }


def tried_from_json(value: Mapping[str, Any]) -> Tried:
    """What `tried_to_json` gave."""
    info = ConnectionInfo.from_json(value["info"])
    user = SalesforceUser(org_id=info.org_id, user_id=info.user_id, username=info.username)
    return Tried(
        info=info,
        grant=Grant(access_token=value["access_token"], instance_url=info.instance_url, user=user, kept=value["kept"]),
        app=AppKeys(**value["app"]),
        schema=schema_from_json(value["schema"]),
        inspection=inspection_from_json(value["inspection"]),
        replaces=datetime.fromisoformat(value["replaces"]) if value["replaces"] else None,
    )
