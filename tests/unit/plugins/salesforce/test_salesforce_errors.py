"""What Salesforce answers, as what the host does about it: the tables of REST, OAuth and SOAP."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import requests
import responses
from simple_salesforce.exceptions import SalesforceExpiredSession, SalesforceGeneralError, SalesforceMalformedRequest

from host.plugin_api import LimitReached, NeedsConfiguration, NeedsReauthorisation, PermanentFailure, PluginError, RetryLater
from plugins.salesforce.auth.oauth_errors import oauth_error, post_form, refused
from plugins.salesforce.auth.soap import fault_error
from plugins.salesforce.errors import REFUSALS, NoApiAccess, SchemaOutdated, TooHeavy, refusal_of, translated

MISSING_SCOPE = (
    "This session is not valid for use with the specified REST API endpoint. One of the following scopes is required: "
    "Manage user data via APIs, Full access"
)
CONCURRENT = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."


def body(code: str, message: str = "") -> list[dict[str, str]]:
    return [{"errorCode": code, "message": message}]


@pytest.mark.parametrize(
    ("status", "answer", "kind", "words"),
    [
        (401, body("INVALID_SESSION_ID", "Session expired or invalid"), NeedsReauthorisation, "connect again"),
        (401, body("INVALID_SESSION_ID", MISSING_SCOPE), NoApiAccess, "scope"),
        (401, body("INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE"), NeedsReauthorisation, "connect again"),
        (401, "Bad_OAuth_Token", NeedsReauthorisation, "connect again"),
        (403, body("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), LimitReached, "24 hours"),
        (403, body("REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."), RetryLater, "at the moment"),
        (
            403,
            body("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
            RetryLater,
            "soon",
        ),
        (403, body("API_DISABLED_FOR_ORG", "The REST API is not enabled"), NoApiAccess, "Professional"),
        (403, body("API_CURRENTLY_DISABLED"), NoApiAccess, "API Enabled"),
        (403, body("SOMETHING_ELSE"), NeedsConfiguration, "connection test"),
        (400, body("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access"), RetryLater, "same record"),
        (500, body("UNABLE_TO_LOCK_ROW"), RetryLater, "same record"),
        (400, body("INVALID_FIELD", "No such column"), SchemaOutdated, "connection test"),
        (400, body("INVALID_TYPE", "sObject type 'Lead' is not supported"), SchemaOutdated, "connection test"),
        (400, body("INSUFFICIENT_ACCESS_OR_READONLY"), NeedsConfiguration, "lacks a right"),
        (400, body("MALFORMED_SEARCH", "No search term found"), PermanentFailure, "wrong"),
        (400, body("MALFORMED_QUERY"), PermanentFailure, "wrong"),
        (404, body("NOT_FOUND"), PermanentFailure, "deleted"),
        (410, None, NeedsConfiguration, "retired"),
        (500, body("UNSUPPORTED_API_VERSION"), NeedsConfiguration, "API version"),
        (400, body("QUERY_TIMEOUT"), TooHeavy, "in time"),
        (500, body("UNKNOWN_EXCEPTION"), RetryLater, "not available"),
        (502, "<html>Bad gateway</html>", RetryLater, "not available"),
        (503, body("SERVER_UNAVAILABLE", "Server too busy"), RetryLater, "not available"),
        (414, "", PermanentFailure, "wrong"),
        (431, "", PermanentFailure, "wrong"),
    ],
)
def test_what_a_refusal_means(status: int, answer: object, kind: type[PluginError], words: str):
    error = refusal_of(status, answer)
    assert type(error) is kind
    assert words in error.message


def test_b4_the_daily_limit_pauses_the_concurrency_limit_does_not():
    assert refusal_of(403, body("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")).after == timedelta(minutes=15)
    assert refusal_of(403, body("REQUEST_LIMIT_EXCEEDED", "Concurrent…")).after is None


def test_every_answer_has_a_row():
    assert REFUSALS[-1].fits(299, "WHATEVER", "")


@pytest.mark.parametrize("kind", [SalesforceExpiredSession, SalesforceMalformedRequest, SalesforceGeneralError])
def test_no_number_of_simple_salesforces_text_gets_through(kind: type[Exception]):
    problem = kind("https://a/search/?q=FIND+%7B0312345678%7D", 400, "search", b'[{"errorCode":"X","message":"0312345678"}]')
    assert "0312345678" in str(problem)
    assert "0312345678" not in str(translated(problem))


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (requests.exceptions.ConnectTimeout("x"), RetryLater),
        (requests.exceptions.ReadTimeout("x"), TooHeavy),
        (requests.exceptions.ConnectionError("x"), RetryLater),
        (requests.exceptions.ChunkedEncodingError("x"), RetryLater),
        (requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED"), NeedsConfiguration),
        (requests.exceptions.SSLError("EOF occurred in violation of protocol"), RetryLater),
        (requests.exceptions.JSONDecodeError("x", "<html>", 0), RetryLater),
    ],
)
def test_what_goes_wrong_on_the_way(problem: Exception, kind: type[PluginError]):
    assert type(translated(problem)) is kind


def test_a_bug_stays_a_bug():
    with pytest.raises(KeyError):
        translated(KeyError("id"))


@pytest.mark.parametrize(
    ("code", "description", "kind", "words"),
    [
        ("invalid_grant", "token request is already being processed", RetryLater, "at this moment"),
        ("invalid_grant", "expired access/refresh token", NeedsReauthorisation, "revoked or has expired"),
        ("invalid_grant", "expired authorization code", NeedsReauthorisation, "too late or was used"),
        ("invalid_grant", "code verifier is required", NeedsReauthorisation, "PKCE"),
        ("invalid_request", "invalid code verifier", NeedsReauthorisation, "PKCE"),
        ("invalid_grant", "ip restricted", NeedsConfiguration, "IP address"),
        ("invalid_grant", "api is not enabled for this organization", NeedsConfiguration, "no access to the API"),
        ("invalid_grant", "authentication failure", NeedsReauthorisation, "connect again"),
        ("inactive_user", "user is inactive", NeedsReauthorisation, "deactivated"),
        ("invalid_client_id", "client identifier invalid", NeedsConfiguration, "consumer key"),
        ("invalid_client", "invalid client credentials", NeedsConfiguration, "consumer key and secret"),
        ("redirect_uri_mismatch", "redirect_uri must match configuration", NeedsConfiguration, "callback address"),
        ("invalid_app_access", "user is not admin approved to access this app", NeedsConfiguration, "not admitted"),
        ("OAUTH_APP_BLOCKED", "this app is blocked by admin", NeedsConfiguration, "blocked"),
        ("rate_limit_exceeded", "", RetryLater, "too many"),
        ("access_denied", "end-user denied authorization", NeedsReauthorisation, "Deny"),
        ("access-denied", "", NeedsReauthorisation, "Deny"),
        ("never_heard_of", "", NeedsConfiguration, "refused the sign-in"),
    ],
)
def test_r11_what_an_oauth_refusal_means(code: str, description: str, kind: type[PluginError], words: str):
    error = oauth_error(code, description)
    assert type(error) is kind
    assert words in error.message


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (503, "<html>busy</html>", RetryLater),
        (400, "<html>proxy</html>", RetryLater),
        (400, "[]", NeedsConfiguration),
        (
            400,
            json.dumps({"error": "invalid_grant", "error_description": "expired access/refresh token"}),
            NeedsReauthorisation,
        ),
    ],
)
@responses.activate
def test_r11_answers_that_are_no_oauth(status: int, text: str, kind: type[PluginError]):
    responses.post("https://login.example/services/oauth2/token", status=status, body=text)
    answer = post_form(requests.Session(), "https://login.example/services/oauth2/token", {"a": "b"})
    assert type(refused(answer)) is kind


@pytest.mark.parametrize(
    ("code", "message", "kind", "words"),
    [
        (
            "INVALID_LOGIN",
            "Invalid username, password, security token; or user locked out.",
            NeedsReauthorisation,
            "locked out",
        ),
        ("LOGIN_MUST_USE_SECURITY_TOKEN", "", NeedsReauthorisation, "security token"),
        ("PASSWORD_LOCKOUT", "", NeedsReauthorisation, "locked out"),
        ("INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "", NeedsReauthorisation, "expired"),
        ("INVALID_SSO_GATEWAY_URL", "", NeedsReauthorisation, "SSO"),
        ("INVALID_OPERATION", "SOAP API login() is disabled by default in this org.", NeedsConfiguration, "switched off"),
        (
            "INVALID_OPERATION",
            "The SOAP Login operation is not available in the API version specified (65.0)",
            NeedsConfiguration,
            "switched off",
        ),
        ("INSUFFICIENT_ACCESS", "", NeedsConfiguration, "Use Any API Auth"),
        ("API_DISABLED_FOR_ORG", "", NeedsConfiguration, "Professional"),
        ("API_CURRENTLY_DISABLED", "", NeedsConfiguration, "API Enabled"),
        ("LOGIN_DURING_RESTRICTED_TIME", "", NeedsConfiguration, "hour"),
        ("LOGIN_DURING_RESTRICTED_DOMAIN", "", NeedsConfiguration, "IP address"),
        ("ORG_LOCKED", "", NeedsConfiguration, "locked"),
        ("TRIAL_EXPIRED", "", NeedsConfiguration, "trial"),
        ("LOGIN_RATE_EXCEEDED", "", RetryLater, "too many"),
        ("SERVER_UNAVAILABLE", "", RetryLater, "not available"),
        ("NEVER_HEARD_OF", "", NeedsConfiguration, "does not know"),
    ],
)
def test_r12_what_a_soap_fault_means(code: str, message: str, kind: type[PluginError], words: str):
    error = fault_error(code, message)
    assert type(error) is kind
    assert words in error.message


STATEMENT = "FIND {0312345678} RETURNING Contact(Id, MobilePhone)"


@pytest.mark.parametrize(
    ("message", "gone", "certain"),
    [
        ("No such column 'MobilePhone' on entity 'Contact'. If you are attempting", "Contact.MobilePhone", True),
        ("sObject type 'Lead' is not supported. If you are attempting to use a custom object", "Lead", True),
        ("Didn't understand relationship 'Account' in field path.", "Contact.AccountId", False),
        ("Something that nobody has seen", "", True),
    ],
)
def test_r8_what_has_gone_out_of_sight_is_read_from_the_message(message: str, gone: str, certain: bool):
    error = refusal_of(400, body("INVALID_FIELD", f"{STATEMENT}\n  ^\nERROR at Row:1:Column:9\n{message}"))
    assert isinstance(error, SchemaOutdated)
    assert (error.gone, error.certain) == (gone, certain)
    assert "0312345678" not in str(error)
