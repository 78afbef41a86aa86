"""The SOAP `login()` call and what its faults mean (R12).

Not simple-salesforce's `SalesforceLogin`: that one does not escape the security token, and drops who signed in and whether
the password has expired. The call ends with Summer '27 and exists in API versions up to 64.0 only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit
from xml.dom import minidom
from xml.parsers.expat import ExpatError

import requests

from host.plugin_api import NeedsConfiguration, NeedsReauthorisation, PluginError, RetryLater
from plugins.salesforce.errors import translated
from plugins.salesforce.wording import N_

LAST_VERSION = 64.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One row: an exception code, a pattern for its message, and what they mean."""

    code: str
    pattern: str
    error: type[PluginError]
    message: str


FAULTS = (
    Fault(
        "INVALID_LOGIN",
        "",
        NeedsReauthorisation,
        N_(
            "Salesforce does not accept the username, password or security token, or the user is locked out. "
            "A user who must sign in through SSO, or with “MFA for API logins”, cannot be used here."
        ),
    ),
    Fault(
        "LOGIN_MUST_USE_SECURITY_TOKEN",
        "",
        NeedsReauthorisation,
        N_("Salesforce demands the security token. Enter the one Salesforce sent to the user by e-mail."),
    ),
    Fault(
        "PASSWORD_LOCKOUT",
        "",
        NeedsReauthorisation,
        N_("The Salesforce user is locked out after too many wrong passwords. Unlock the user in Salesforce, or wait."),
    ),
    Fault(
        "INVALID_OPERATION_WITH_EXPIRED_PASSWORD",
        "",
        NeedsReauthorisation,
        N_("The password has expired. Sign in to Salesforce once, set a new one, and enter it here."),
    ),
    Fault(
        "INVALID_SSO_GATEWAY_URL",
        "",
        NeedsReauthorisation,
        N_("This user must sign in through SSO and cannot be used here. Use “Authenticate with Salesforce ID”."),
    ),
    Fault(
        "INVALID_OPERATION",
        r"disabled by default|not available|SOAP",
        NeedsConfiguration,
        N_(
            "Signing in with a password (SOAP API login()) is switched off in this org. "
            "A Salesforce admin can switch it on; better use “Authenticate with Salesforce ID”."
        ),
    ),
    Fault(
        "INSUFFICIENT_ACCESS",
        "",
        NeedsConfiguration,
        N_(
            "The user lacks the permission “Use Any API Auth”, which a password "
            "sign-in needs in this org. Give it to the user."
        ),
    ),
    Fault(
        "API_DISABLED_FOR_ORG",
        "",
        NeedsConfiguration,
        N_(
            "This Salesforce org has no access to the API. Professional and "
            "Essentials come without it: ask Salesforce for it."
        ),
    ),
    Fault(
        "API_CURRENTLY_DISABLED",
        "",
        NeedsConfiguration,
        N_("The Salesforce user lacks the permission “API Enabled”. Give it by profile or permission set."),
    ),
    Fault(
        "LOGIN_DURING_RESTRICTED_TIME",
        "",
        NeedsConfiguration,
        N_("The user’s profile does not allow signing in at this hour. Widen its login hours."),
    ),
    Fault(
        "LOGIN_DURING_RESTRICTED_DOMAIN",
        "",
        NeedsConfiguration,
        N_(
            "The user’s profile does not allow signing in from this server’s IP address. "
            "Add the address to its login ranges."
        ),
    ),
    Fault("ORG_LOCKED", "", NeedsConfiguration, N_("The Salesforce org is locked. Ask Salesforce.")),
    Fault(
        "TRIAL_EXPIRED",
        "",
        NeedsConfiguration,
        N_("The trial of this Salesforce org has ended. Ask Salesforce, or connect to another org."),
    ),
    Fault(
        "UNSUPPORTED_API_VERSION",
        "",
        NeedsConfiguration,
        N_("The org does not offer the API version that is set. Choose another one."),
    ),
    Fault(
        "LOGIN_RATE_EXCEEDED",
        "",
        RetryLater,
        N_("There were too many sign-ins of this user within an hour. It is tried again later."),
    ),
    Fault(
        "REQUEST_LIMIT_EXCEEDED",
        "",
        RetryLater,
        N_("The org has used up its API calls of the last 24 hours. It is tried again later."),
    ),
    Fault("SERVER_UNAVAILABLE", "", RetryLater, N_("Salesforce is not available at the moment. It is tried again soon.")),
)
UNAVAILABLE = N_("Salesforce’s sign-in service is not available at the moment. It is tried again soon.")
UNKNOWN_FAULT = N_(
    "Salesforce refused the sign-in for a reason this program does not know. See the user’s login history in Salesforce."
)
EXPIRED = N_("The password has expired. Sign in to Salesforce once, set a new one, and enter it here.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SoapSession:
    """What a successful `login()` tells."""

    session_id: str
    instance_url: str
    org_id: str
    user_id: str
    username: str

    def __repr__(self) -> str:
        return f"SoapSession(org_id={self.org_id!r}, user_id={self.user_id!r})"


ENVELOPE = """<?xml version="1.0" encoding="utf-8"?>
<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:partner.soap.sforce.com">
  <env:Header><urn:CallOptions><urn:client>tsunagu</urn:client></urn:CallOptions></env:Header>
  <env:Body><urn:login><urn:username>{username}</urn:username><urn:password>{password}</urn:password></urn:login></env:Body>
</env:Envelope>"""


def soap_login(http: requests.Session, login_url: str, api_version: str, username: str, password: str) -> SoapSession:
    """Sign in; `password` has the security token behind it.

    Raises:
        PluginError: the reason in plain words.
    """
    url = f"{login_url}/services/Soap/u/{min(float(api_version), LAST_VERSION)}"
    body = ENVELOPE.format(username=_text(username), password=_text(password)).encode()
    headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": "login"}
    try:
        response = http.post(url, data=body, headers=headers, allow_redirects=False)
    except requests.exceptions.RequestException as problem:
        error = translated(problem)
    else:
        return _session(response)
    raise error


def _text(value: str) -> str:
    """Escaped for XML, without the control characters XML cannot hold."""
    return escape(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", value), quote=False)


def _session(response: requests.Response) -> SoapSession:
    try:
        document = minidom.parseString(response.content)  # noqa: S318 - from Salesforce, over TLS; expat limits expansion
    except ExpatError:
        raise RetryLater(UNAVAILABLE) from None
    if not response.ok:
        raise fault_error(_element(document, "exceptionCode"), _element(document, "exceptionMessage"))
    if _element(document, "passwordExpired") == "true":
        raise NeedsReauthorisation(EXPIRED)
    server = urlsplit(_element(document, "serverUrl"))
    return SoapSession(
        session_id=_element(document, "sessionId"),
        instance_url=f"{server.scheme}://{server.netloc}",
        org_id=_element(document, "organizationId"),
        user_id=_element(document, "userId"),
        username=_element(document, "userName"),
    )


def _element(document: minidom.Document, name: str) -> str:
    """The text of the first element of that local name, whatever its prefix."""
    for element in document.getElementsByTagName("*"):
        if element.tagName.split(":")[-1] == name:
            return "".join(str(node.nodeValue) for node in element.childNodes if node.nodeValue)
    return ""


def fault_error(code: str, message: str) -> PluginError:
    """The error for a fault."""
    for fault in FAULTS:
        if fault.code == code and re.search(fault.pattern, message, re.IGNORECASE):
            return fault.error(fault.message)
    return NeedsConfiguration(UNKNOWN_FAULT)
