"""How the Salesforce plugin signs in: the contract of its auth methods, which are sub-plugins (R13).

A method is one object in the entry-point group `tsunagu.salesforce_auth`: an `AuthMethod` of `host.plugin_api` with what
Salesforce needs beside it. Other packages may bring methods of their own; this module and `host.plugin_api` are all that
they use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

import requests

from host.plugin_api import AuthFeature, AuthMethodBase

AUTH_METHODS_GROUP = "tsunagu.salesforce_auth"


class Feature(AuthFeature):
    """What a connection with Salesforce may do: R13's table."""

    MFA_FOR_API = (
        "mfa_for_api",
        "Works while the user has “MFA for API logins” switched on",
        "No: it must be switched off",
        "A permission of the connected Salesforce user, in the profile or a permission set.",
    )
    SSO = (
        "sso",
        "Works for users who must sign in through single sign-on (SSO)",
        "No",
        "Without it, connect as a user who can sign in with a Salesforce ID and password.",
    )
    CLICKED_RECORD = (
        "clicked_record",
        "On click-to-call the clicked Contact, Account or Lead is registered",
        "No: looked up by priority",
        "Other calls, inbound and outbound, are looked up by priority: Contact, Account, Lead.",
    )
    MEMO_ON_ANALYSIS = (
        "memo_on_analysis",
        "The memo is also written when the speech analysis is done",
        "No",
        (
            "Also where the comment holds no text of the analysis. "
            "Every method writes it when it is saved on the phone and when it is changed in the call history."
        ),
    )
    BULK_FETCH = (
        "bulk_fetch",
        "Contacts can be fetched in bulk every night",
        "No",
        "Every method can fetch after each call (the default) or not at all.",
    )
    OPERATION_LOG = "operation_log", "Operation log", "No", "Who connected, disconnected or changed a setting, and when."
    SELF_SERVICE_DISCONNECT = (
        "self_service_disconnect",
        "Disconnecting on this page",
        "No: ask support",
        "Without it, an operator ends the connection on the command line.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceUser:
    """Whom a connection acts as. Both ids are Salesforce's 18-character ones."""

    org_id: str
    user_id: str
    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthSite:
    """What a method needs to know of this installation.

    Args:
        login_url: where to sign in, without a slash at its end: "https://login.salesforce.com", a sandbox or a My Domain.
        callback_url: where Salesforce sends the browser back to.
        client_id, client_secret: the External Client App's consumer key and secret; empty when they are not set.
        api_version: as "51.0".
        http: a session with time-outs and the right certificates; use no other way out.
    """

    login_url: str
    callback_url: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    api_version: str
    http: requests.Session = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A connection that stands. `kept` holds what `renew` and `revoke` need later: it replaces what was kept before."""

    access_token: str = field(repr=False)
    instance_url: str
    user: SalesforceUser
    kept: Mapping[str, str] = field(default_factory=dict, repr=False)


class PolicyLevel(StrEnum):
    """How a `PolicyFinding` stands: as it should, worth knowing, to be looked after, or not working."""

    GOOD = "good"
    NOTE = "note"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFinding:
    """One line of the connection test about the app and the login: a fact that is known, never a guess.

    `text` says what is; `cost` what does not work or will end, `remedy` what to do. All are English, marked for the
    catalogue of the plugin that shows them, or a `Sentence`. No secrets.
    """

    level: PolicyLevel
    text: str
    cost: str = ""
    remedy: str = ""


class AuthMethod(AuthMethodBase[AuthSite, Grant]):
    """One way to sign in to Salesforce.

    Beside what every method says of itself: `needs_app`: an External Client App’s consumer key must be set, and its secret
    too unless `needs_app_secret` is false; `app_guide`: how to make that app in Salesforce, step by step. With a `notice`
    the page offers the methods that have none. `reconfirms`: the names of the credential fields to type in again whenever
    the fetch setting is changed (R16); the method must keep its other credentials in `Grant.kept` under the names of their
    fields, and sign in without the browser.
    """

    needs_app: ClassVar[bool] = False
    needs_app_secret: ClassVar[bool] = True
    app_guide: ClassVar[tuple[str, ...]] = ()
    features: ClassVar[frozenset[Feature]]
    reconfirms: ClassVar[tuple[str, ...]] = ()

    def policy(self, site: AuthSite, kept: Mapping[str, str], access_token: str) -> Sequence[PolicyFinding]:  # noqa: ARG002
        """What can really be known of the app's and the login's policies, for the connection test (R10); none by default.

        It must not spend an API call; an error it raises is shown as a line of its own and fails nothing.
        """
        return ()
