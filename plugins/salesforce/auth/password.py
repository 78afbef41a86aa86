"""Authenticate with ID and password: username, password and security token (R12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from host.plugin_api import CredentialField, NeedsReauthorisation
from plugins.salesforce.auth.policies import MFA_BREAKS, SOAP_COST, SOAP_ENDS, SOAP_REMEDY
from plugins.salesforce.auth.soap import soap_login
from plugins.salesforce.auth_api import AuthMethod, AuthSite, Feature, Grant, PolicyFinding, PolicyLevel, SalesforceUser
from plugins.salesforce.wording import N_

INCOMPLETE = N_("Enter the Salesforce username and password.")


class PasswordMethod(AuthMethod):
    """The host signs in by itself whenever its session has ended."""

    name: ClassVar[str] = "password"
    title: ClassVar[str] = N_("Authenticate with ID and password")
    description: ClassVar[str] = N_(
        "The username, password and security token of a Salesforce user are stored here, encrypted. Not for users with "
        "“MFA for API logins” or mandatory single sign-on."
    )
    notice: ClassVar[str] = N_(
        "Salesforce ends this way of signing in (SOAP login) with the release Summer ’27. From then on no name is fetched "
        "with it. Change to another method before; the contact book and the settings stay."
    )
    features: ClassVar[frozenset[Feature]] = frozenset({Feature.BULK_FETCH})
    credentials: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField(
            name="username",
            label=N_("Salesforce username"),
            autocomplete="username",
            help=N_("It looks like an e-mail address."),
        ),
        CredentialField(name="password", label=N_("Password"), secret=True, autocomplete="off"),
        CredentialField(
            name="security_token",
            label=N_("Salesforce security token"),
            secret=True,
            required=False,
            help=N_("Sent by Salesforce by e-mail. Leave it empty only if this server’s IP address is trusted in the org."),
        ),
    )
    reconfirms: ClassVar[tuple[str, ...]] = ("password", "security_token")

    def begin(self, site: AuthSite, credentials: Mapping[str, str]) -> Grant:
        """Sign in at once."""
        username = credentials.get("username", "").strip()
        password = credentials.get("password", "")
        token = credentials.get("security_token", "").strip()
        if not username or not password:
            raise NeedsReauthorisation(INCOMPLETE)
        session = soap_login(site.http, site.login_url, site.api_version, username, password + token)
        return Grant(
            access_token=session.session_id,
            instance_url=session.instance_url,
            user=SalesforceUser(org_id=session.org_id, user_id=session.user_id, username=session.username or username),
            kept={"username": username, "password": password, "security_token": token},
        )

    def renew(self, site: AuthSite, kept: Mapping[str, str]) -> Grant:
        """Sign in again with what was typed in."""
        return self.begin(site, kept)

    def revoke(self, site: AuthSite, kept: Mapping[str, str], access_token: str) -> None:
        """Nothing: Salesforce gives all programs of one user the same session, so ending ours would end theirs."""

    def policy(self, site: AuthSite, kept: Mapping[str, str], access_token: str) -> Sequence[PolicyFinding]:  # noqa: ARG002
        """What is known of every login of this kind: its end, and what it does not bear."""
        return (
            PolicyFinding(level=PolicyLevel.WARN, text=SOAP_ENDS, cost=SOAP_COST, remedy=SOAP_REMEDY),
            PolicyFinding(level=PolicyLevel.NOTE, text=MFA_BREAKS),
        )


method = PasswordMethod()
