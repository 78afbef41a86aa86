"""This installation as an auth method sees it: where to sign in, as which app, and where to come back to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from host.plugin_api import PluginContext
from host.plugin_api.outgoing import http_session
from plugins.salesforce.auth_api import AuthSite
from plugins.salesforce.environment import read_environment
from plugins.salesforce.preferences import read_preferences

CLIENT_SECRET = "client_secret"  # noqa: S105 - the name under which it is sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class AppKeys:
    """The External Client App a connection was made with: only that one may renew and revoke it."""

    client_id: str
    client_secret: str = field(repr=False)


def auth_site(context: PluginContext) -> AuthSite:
    """Built anew for each use: settings may have changed."""
    environment = read_environment()
    preferences = read_preferences(context)
    return AuthSite(
        login_url=environment.login_url or f"https://{preferences.login_host}",
        callback_url=callback_url(context),
        client_id=environment.client_id or preferences.client_id,
        client_secret=environment.client_secret or context.secrets.get(CLIENT_SECRET) or "",
        api_version=preferences.api_version,
        http=http_session(environment.ca_file),
    )


def keys_of(site: AuthSite) -> AppKeys:
    """The app set for this installation."""
    return AppKeys(client_id=site.client_id, client_secret=site.client_secret)


def site_of(context: PluginContext, login_url: str, app: AppKeys | None) -> AuthSite:
    """As a connection was made, whatever has been set for the next one since; an app's secret may have been replaced."""
    site = replace(auth_site(context), login_url=login_url)
    if app is None or app.client_id == site.client_id:
        return site
    return replace(site, client_id=app.client_id, client_secret=app.client_secret)


def callback_url(context: PluginContext) -> str:
    """The exact address that must stand in the External Client App."""
    return f"{context.site.url}/plugins/salesforce/callback"
