"""The baseline of `delivery`: a plain script that asks three times for each call, one after the other."""

from __future__ import annotations

import re
import time

import requests
from simple_salesforce.api import Salesforce

from devtools.installation.environment import Installation
from devtools.installation.parts import OrgAccess

OBJECTS = {
    "Contact": ("Phone", "MobilePhone", "HomePhone", "OtherPhone", "AssistantPhone", "Fax"),
    "Account": ("Phone", "Fax"),
    "Lead": ("Phone", "MobilePhone", "Fax"),
}
ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>'
    '<n1:login xmlns:n1="urn:partner.soap.sforce.com"><n1:username>{0}</n1:username><n1:password>{1}</n1:password>'
    "</n1:login></env:Body></env:Envelope>"
)


def seconds_of_each(installation: Installation, org: OrgAccess, numbers: list[str]) -> list[float]:
    """What each call takes that way."""
    salesforce = _logged_in(installation, org)
    times = []
    for number in numbers:
        started = time.perf_counter()
        _look_up(salesforce, number)
        times.append(time.perf_counter() - started)
    return times


def _look_up(salesforce: Salesforce, number: str) -> None:
    forms = (number, f"{number[:3]}-{number[3:7]}-{number[7:]}", f"+81{number[1:]}")
    listed = ", ".join(f"'{form}'" for form in forms)
    for name, fields in OBJECTS.items():
        where = " OR ".join(f"{field} IN ({listed})" for field in fields)
        salesforce.query(f"SELECT Id, Name FROM {name} WHERE {where} ORDER BY LastModifiedDate DESC LIMIT 1")


def _logged_in(installation: Installation, org: OrgAccess) -> Salesforce:
    session = requests.Session()
    session.trust_env = False
    session.verify = str(installation.ca_file)
    reply = session.post(
        f"{installation.org_tls_url}/services/Soap/u/51.0",
        data=ENVELOPE.format(org.username, org.password + org.security_token),
        headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": "login"},
        timeout=30,
    )
    found = re.search(r"<sessionId>([^<]+)</sessionId>", reply.text)
    if found is None:
        raise RuntimeError(f"The script cannot log in: {reply.status_code}")
    host = installation.org_tls_url.removeprefix("https://")
    return Salesforce(instance=host, session_id=found[1], version="51.0", session=session)
