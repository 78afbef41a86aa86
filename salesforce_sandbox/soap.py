"""SOAP login(): username, and password with the security token behind it, for a session id."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from flask import Blueprint, Response, current_app, request

from salesforce_sandbox.oauth.sessions import shared_soap_session
from salesforce_sandbox.org import Org
from salesforce_sandbox.records.write import stored_record
from salesforce_sandbox.rest.router import FIRST_VERSION, LAST_VERSION
from salesforce_sandbox.users import LoginUser

soap = Blueprint("soap", __name__)
LAST_LOGIN_VERSION = 64
_MOST_BODY = 100_000
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_PARTNER = "urn:partner.soap.sforce.com"
_FAULTS = "urn:fault.partner.soap.sforce.com"
INVALID_LOGIN = "Invalid username, password, security token; or user locked out."
UNKNOWN_PLACE = (
    "Invalid username, password, security token; or user locked out. Are you at a new location? When accessing "
    "Salesforce--either via a desktop client or the API--from outside of your company’s trusted networks, you must "
    "add a security token to your password to log in. To get your new security token, log in to Salesforce. From "
    "your personal settings, enter Reset My Security Token in the Quick Find box, then select Reset My Security Token."
)


class SoapFault(Exception):
    """A login refusal: exception code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Credentials:
    username: str
    password: str


@soap.post("/services/Soap/<kind>/<version>")
@soap.post("/services/Soap/<kind>/<version>/<_org_id>")
def login(kind: str, version: str, _org_id: str | None = None) -> Response:
    org: Org = current_app.extensions["org"]
    try:
        _check_version(kind, version)
        if request.content_length is not None and request.content_length > _MOST_BODY:
            raise SoapFault("UNKNOWN_EXCEPTION", "The request is too large")
        credentials = read_credentials(request.get_data())
        with org.database.lock:
            user = check_login(org, credentials)
            return Response(_result(org, user, version), 200, mimetype="text/xml")
    except SoapFault as fault:
        return Response(_fault(fault), 500, mimetype="text/xml")


def _check_version(kind: str, version: str) -> None:
    match = re.fullmatch(r"(\d{2,3})\.0", version)
    if kind not in {"u", "c"} or match is None or not FIRST_VERSION <= int(match[1]) <= LAST_VERSION:
        raise SoapFault("UNSUPPORTED_API_VERSION", f"Invalid Api version specified on URL: {version}")
    if int(match[1]) > LAST_LOGIN_VERSION:
        message = f"The SOAP Login operation is not available in the API version specified ({version})."
        raise SoapFault("INVALID_OPERATION", message)


def read_credentials(body: bytes) -> Credentials:
    """Read username and password out of an envelope; entities and DTDs are refused. Raises SoapFault."""
    texts = {"username": "", "password": ""}
    path: list[str] = []

    def start(name: str, _: Any) -> None:
        path.append(name.rpartition(" ")[2])

    def data(text: str) -> None:
        if len(path) >= 2 and path[-2] == "login" and path[-1] in texts:
            texts[path[-1]] += text

    def doctype(*_: Any) -> None:
        raise SoapFault("UNKNOWN_EXCEPTION", "A DOCTYPE is not allowed")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: path.pop()
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = doctype
    parser.buffer_text = True
    _parse(parser, body)
    return Credentials(texts["username"].strip(), texts["password"])


def _parse(parser: expat.XMLParserType, body: bytes) -> None:
    seen_login = b"login" in body
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError) as error:
        raise SoapFault("UNKNOWN_EXCEPTION", f"The envelope could not be read: {error}") from None
    if not seen_login:
        raise SoapFault("INVALID_OPERATION", "No operation available for request: only login is")


def check_login(org: Org, credentials: Credentials) -> LoginUser:
    """Return the user, or raise the fault Salesforce gives.

    The codes for MFA and SSO are from memory (spec section 13, point 7).
    """
    _check_org(org)
    user = org.users.by_name(credentials.username)
    if user is None:
        raise SoapFault("INVALID_LOGIN", INVALID_LOGIN)
    row = org.database.row('SELECT IsActive FROM "User" WHERE Id = ?', (user.user_id,))
    if row is None or not row[0]:
        raise SoapFault("INVALID_LOGIN", INVALID_LOGIN)
    if user.locked:
        raise SoapFault("PASSWORD_LOCKOUT", INVALID_LOGIN)
    if user.sso_only:
        raise SoapFault("INVALID_SSO_GATEWAY_URL", "The Single Sign-On gateway URL is invalid for this user.")
    _check_password(user, credentials.password)
    _check_user_rights(user)
    return user


def _check_org(org: Org) -> None:
    if not org.settings.soap_login_enabled:
        message = (
            "SOAP API login() is disabled by default in this org. Contact the org administrator to enable SOAP API login()."
        )
        raise SoapFault("INVALID_OPERATION", message)
    if not org.settings.api_enabled:
        raise SoapFault("API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner")


def _check_password(user: LoginUser, given: str) -> None:
    accepted = [user.password + user.security_token] + ([user.password] if user.trusted_network else [])
    if any(hmac.compare_digest(given.encode(), known.encode()) for known in accepted):
        return
    if hmac.compare_digest(given.encode(), user.password.encode()):
        raise SoapFault("LOGIN_MUST_USE_SECURITY_TOKEN", UNKNOWN_PLACE)
    raise SoapFault("INVALID_LOGIN", INVALID_LOGIN)


def _check_user_rights(user: LoginUser) -> None:
    if user.mfa_for_api:
        raise SoapFault("INVALID_LOGIN", INVALID_LOGIN)
    if not user.api_enabled:
        raise SoapFault("API_CURRENTLY_DISABLED", "API is disabled for this User")
    if not user.use_any_api_auth:
        message = "User does not have the permission to log in with SOAP API login(): Use Any API Auth"
        raise SoapFault("INSUFFICIENT_ACCESS", message)
    if user.password_expired:
        message = "The users password has expired, you must call SetPassword before attempting any other API operations"
        raise SoapFault("INVALID_OPERATION_WITH_EXPIRED_PASSWORD", message)


def _result(org: Org, user: LoginUser, version: str) -> str:
    session = shared_soap_session(org, user.user_id)
    record = stored_record(org, "User", user.user_id) or {}
    server = f"{org.base_url}/services/Soap/u/{version}/{org.id[:15]}"
    info = {
        "organizationId": org.id,
        "organizationName": _organization_name(org),
        "sessionSecondsValid": str(int(org.settings.session_seconds)),
        "userEmail": record.get("Email"),
        "userFullName": record.get("Name"),
        "userId": user.user_id,
        "userLanguage": record.get("LanguageLocaleKey"),
        "userLocale": record.get("LocaleSidKey"),
        "userName": user.username,
        "userTimeZone": record.get("TimeZoneSidKey"),
    }
    inner = "".join(f"<{name}>{escape(str(value or ''))}</{name}>" for name, value in info.items())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_ENVELOPE}" xmlns="{_PARTNER}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><loginResponse><result>'
        f"<metadataServerUrl>{server.replace('/u/', '/m/')}</metadataServerUrl>"
        f"<passwordExpired>false</passwordExpired><sandbox>true</sandbox><serverUrl>{server}</serverUrl>"
        f"<sessionId>{escape(session.token)}</sessionId><userId>{user.user_id}</userId><userInfo>{inner}</userInfo>"
        "</result></loginResponse></soapenv:Body></soapenv:Envelope>"
    )


def _organization_name(org: Org) -> str:
    row = org.database.row('SELECT Name FROM "Organization"')
    return str(row[0]) if row else ""


def _fault(fault: SoapFault) -> str:
    text = escape(fault.message)
    kind = "LoginFault" if fault.code not in {"UNSUPPORTED_API_VERSION", "INVALID_OPERATION"} else "ApiFault"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_ENVELOPE}" xmlns:sf="{_FAULTS}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault>'
        f"<faultcode>sf:{fault.code}</faultcode><faultstring>{fault.code}: {text}</faultstring><detail>"
        f'<sf:{kind} xsi:type="sf:{kind}"><sf:exceptionCode>{fault.code}</sf:exceptionCode>'
        f"<sf:exceptionMessage>{text}</sf:exceptionMessage></sf:{kind}>"
        "</detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
