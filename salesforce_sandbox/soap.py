"""SOAP login(): username, and password with the security token behind it, for a session id; and logout()."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from flask import Blueprint, Response, current_app, request

from salesforce_sandbox.login_hosts import serves
from salesforce_sandbox.logins import INVALID_LOGIN, LoginRefused, api_login
from salesforce_sandbox.oauth.endpoints import host_name
from salesforce_sandbox.oauth.sessions import end_session, find_session, shared_soap_session
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What an envelope asks for: ``operation`` is the first element of its body, ``texts`` those of interest."""

    operation: str
    texts: dict[str, str]


@soap.post("/services/Soap/<kind>/<version>")
@soap.post("/services/Soap/<kind>/<version>/<_org_id>")
def call(kind: str, version: str, _org_id: str | None = None) -> Response:
    """login and logout; everything else is refused."""
    org: Org = current_app.extensions["org"]
    try:
        _check_version(kind, version)
        if request.content_length is not None and request.content_length > _MOST_BODY:
            raise LoginRefused("UNKNOWN_EXCEPTION", "The request is too large")
        asked = read_envelope(request.get_data())
        with org.database.lock:
            return Response(_answer(org, asked, version), 200, mimetype="text/xml")
    except LoginRefused as fault:
        return Response(_fault(fault), 500, mimetype="text/xml")


def _answer(org: Org, asked: Asked, version: str) -> str:
    if asked.operation == "login":
        _check_login_version(version)
        user = check_login(org, asked.texts["username"].strip(), asked.texts["password"], host_name())
        return _result(org, user, version)
    if asked.operation != "logout":
        raise LoginRefused("INVALID_OPERATION", f"No operation available for request: {asked.operation[:80]}")
    session = find_session(org, asked.texts["sessionId"].strip())
    if session is None:
        raise LoginRefused("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader: Illegal Session")
    end_session(org, session.token, family=False)
    return _envelope("<logoutResponse/>")


def _check_version(kind: str, version: str) -> None:
    match = re.fullmatch(r"(\d{2,3})\.0", version)
    if kind not in {"u", "c"} or match is None or not FIRST_VERSION <= int(match[1]) <= LAST_VERSION:
        raise LoginRefused("UNSUPPORTED_API_VERSION", f"Invalid Api version specified on URL: {version}")


def _check_login_version(version: str) -> None:
    if float(version) > LAST_LOGIN_VERSION:
        message = f"The SOAP Login operation is not available in the API version specified ({version})."
        raise LoginRefused("INVALID_OPERATION", message)


def read_envelope(body: bytes) -> Asked:
    """Read operation, username, password and session id; entities and DTDs are refused. Raises LoginRefused."""
    texts = {"username": "", "password": "", "sessionId": ""}
    operation: list[str] = []
    path: list[str] = []

    def start(name: str, _: Any) -> None:
        path.append(name.rpartition(" ")[2])
        if len(path) == 3 and path[1] == "Body":
            operation.append(path[2])

    def data(text: str) -> None:
        if len(path) == 4 and path[2] in {"login", "SessionHeader"} and path[-1] in texts:
            texts[path[-1]] += text

    def doctype(*_: Any) -> None:
        raise LoginRefused("UNKNOWN_EXCEPTION", "A DOCTYPE is not allowed")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: path.pop()
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = doctype
    parser.buffer_text = True
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError) as error:
        raise LoginRefused("UNKNOWN_EXCEPTION", f"The envelope could not be read: {error}") from None
    return Asked(operation[0] if operation else "", texts)


def check_login(org: Org, username: str, password: str, host: str) -> LoginUser:
    """Return the user, or raise the fault Salesforce gives."""
    if not org.settings.soap_login_enabled:
        message = (
            "SOAP API login() is disabled by default in this org. Contact the org administrator to enable SOAP API login()."
        )
        raise LoginRefused("INVALID_OPERATION", message)
    if not org.settings.api_enabled:
        raise LoginRefused("API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner")
    if not serves(org, host):
        raise LoginRefused("INVALID_LOGIN", INVALID_LOGIN)
    user = api_login(org, username, password)
    if not user.use_any_api_auth:
        message = "User does not have the permission to log in with SOAP API login(): Use Any API Auth"
        raise LoginRefused("INSUFFICIENT_ACCESS", message)
    return user


def _result(org: Org, user: LoginUser, version: str) -> str:
    session = shared_soap_session(org, user.user_id)
    record = stored_record(org, "User", user.user_id) or {}
    server = f"{org.base_url}/services/Soap/u/{version}/{org.id[:15]}"
    info = {
        "organizationId": org.id,
        "organizationName": organization_name(org),
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
    return _envelope(
        "<loginResponse><result>"
        f"<metadataServerUrl>{server.replace('/u/', '/m/')}</metadataServerUrl>"
        f"<passwordExpired>false</passwordExpired><sandbox>true</sandbox><serverUrl>{server}</serverUrl>"
        f"<sessionId>{escape(session.token)}</sessionId><userId>{user.user_id}</userId><userInfo>{inner}</userInfo>"
        "</result></loginResponse>"
    )


def _envelope(content: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_ENVELOPE}" xmlns="{_PARTNER}" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>{content}</soapenv:Body></soapenv:Envelope>'
    )


def organization_name(org: Org) -> str:
    row = org.database.row('SELECT Name FROM "Organization"')
    return str(row[0]) if row else ""


def _fault(fault: LoginRefused) -> str:
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
