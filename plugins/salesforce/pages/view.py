"""What the settings page shows, gathered in one reading of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import render_template

from host.plugin_api import BrokenMethod, CredentialField, PluginContext, PluginError
from host.plugin_api.web import allow_form_redirect
from plugins.salesforce.api_state import Figures, org_key, read_figures
from plugins.salesforce.auth.methods import auth_method, auth_methods, broken_methods
from plugins.salesforce.auth_api import AuthMethod, Feature
from plugins.salesforce.connection import ConnectionInfo, connection_from, read_connection
from plugins.salesforce.environment import Environment, read_environment
from plugins.salesforce.fetch_setting import fetch_in_effect, offers
from plugins.salesforce.org import kept_schema
from plugins.salesforce.pages.cards import shown_cards
from plugins.salesforce.pages.fetch_form import confirming_fields
from plugins.salesforce.pages.phone_fields import TickedField, ticked_fields
from plugins.salesforce.pages.spoken import object_title
from plugins.salesforce.pages.test_card import TestCard, test_card
from plugins.salesforce.preferences import FetchSetting, Preferences, preferences_from
from plugins.salesforce.site import CLIENT_SECRET, callback_url
from plugins.salesforce.wording import N_

NEEDS_OF_USER = {
    Feature.MFA_FOR_API: N_("“MFA for API logins” is switched off for the user."),
    Feature.SSO: N_("The user can sign in with a Salesforce ID and password, also where the org uses single sign-on (SSO)."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsView:
    """Everything the template reads. `chosen` is the method whose form is shown."""

    connection: ConnectionInfo | None
    used_method: AuthMethod | None
    chosen: AuthMethod
    methods: tuple[AuthMethod, ...]
    broken: tuple[BrokenMethod, ...]
    features: tuple[Feature, ...]
    preferences: Preferences
    environment: Environment
    has_secret: bool
    callback_url: str
    usage: Figures | None
    test: TestCard | None
    fields: Mapping[str, list[TickedField]]
    again: bool
    fetch: FetchSetting
    self_service: Feature = Feature.SELF_SERVICE_DISCONNECT

    @property
    def reconfirmed(self) -> tuple[CredentialField, ...]:
        """What must be typed in again to change the fetch setting (R16)."""
        return confirming_fields(self.used_method) if self.used_method else ()

    @property
    def offers_connecting(self) -> bool:
        return self.connection is None or self.connection.lost or self.again

    @property
    def app_is_set(self) -> bool:
        has_key = bool(self.environment.client_id or self.preferences.client_id)
        return has_key and (self.has_secret or not self.chosen.needs_app_secret)

    @property
    def needs_of_user(self) -> tuple[str, ...]:
        """What the Salesforce user must be like, since the chosen method does not declare it."""
        return tuple(need for feature, need in NEEDS_OF_USER.items() if not self.chosen.declares(feature))

    @staticmethod
    def offers_bulk(method: AuthMethod | None) -> bool:
        return offers(method, FetchSetting.BULK)


def settings_view(context: PluginContext, *, method: str = "", again: bool = False) -> SettingsView:
    """As things stand now; `method` is the one whose form is wanted."""
    stored = context.settings.read()
    connection = connection_from(stored)
    environment = read_environment()
    preferences = preferences_from(stored)
    schema = kept_schema(stored) if connection else None
    used = _method(connection.method) if connection else None
    return SettingsView(
        connection=connection,
        used_method=used,
        fetch=fetch_in_effect(preferences.fetch, used),
        chosen=_method(method) or used or auth_methods()[0],
        methods=auth_methods(),
        broken=broken_methods(),
        features=tuple(Feature),
        preferences=preferences,
        environment=environment,
        has_secret=bool(environment.client_secret) or _has_secret(context),
        callback_url=callback_url(context),
        usage=read_figures(context, org_key(connection.org_id)) if connection else None,
        test=test_card(stored) if connection else None,
        fields=ticked_fields(schema, preferences.unticked) if schema else {},
        again=again,
    )


def _has_secret(context: PluginContext) -> bool:
    """One that cannot be decrypted any more has to be entered again."""
    try:
        return bool(context.secrets.get(CLIENT_SECRET))
    except PluginError:
        return False


def _method(name: str) -> AuthMethod | None:
    try:
        return auth_method(name)
    except PluginError:
        return None


def used_method(context: PluginContext) -> AuthMethod | None:
    """The auth method of the connection; None without a connection, or if the method is not installed any more."""
    connection = read_connection(context)
    return _method(connection.method) if connection else None


def rendered(
    context: PluginContext,
    *,
    method: str = "",
    again: bool = False,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, list[str]] | None = None,
    problem: str = "",
    chosen_fetch: FetchSetting | None = None,
    fetch_problem: str = "",
) -> str:
    """The page; `typed` and `errors` are those of a form that was refused, `problem` why connecting failed.

    `chosen_fetch` is the fetch setting of such a form, `fetch_problem` why it could not be changed.
    """
    view = settings_view(context, method=method, again=again)
    if view.offers_connecting:
        allow_form_redirect("https:")  # to Salesforce, and from there to whatever sign-in page an SSO user has
    return render_template(
        "salesforce/settings.html",
        view=view,
        cards=shown_cards(context),
        typed=typed or {},
        errors=errors or {},
        problem=problem,
        chosen_fetch=chosen_fetch,
        fetch_problem=fetch_problem,
        object_title=object_title,
    )
