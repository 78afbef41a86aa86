"""Logging in with a password: who gets in, who is locked out, and why an org or a user is refused."""

from __future__ import annotations

import hmac

from salesforce_sandbox.org import Org
from salesforce_sandbox.settings import LOGIN_REFUSALS
from salesforce_sandbox.users import LoginUser

INVALID_LOGIN = "Invalid username, password, security token; or user locked out."
UNKNOWN_PLACE = (
    "Invalid username, password, security token; or user locked out. Are you at a new location? When accessing "
    "Salesforce--either via a desktop client or the API--from outside of your company’s trusted networks, you must "
    "add a security token to your password to log in. To get your new security token, log in to Salesforce. From "
    "your personal settings, enter Reset My Security Token in the Quick Find box, then select Reset My Security Token."
)


class LoginRefused(Exception):
    """A login that does not succeed: SOAP's exception code and its message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def api_login(org: Org, username: str, given: str) -> LoginUser:
    """Check a username and a password with the security token behind it. Raises LoginRefused.

    The codes for MFA and single sign-on are from memory (spec section 13, point 7).
    """
    user = _active_user(org, username)
    check_rate(org, user)
    if user.sso_only:
        raise LoginRefused("INVALID_SSO_GATEWAY_URL", "The Single Sign-On gateway URL is invalid for this user.")
    accepted = [user.password + user.security_token] + ([user.password] if user.trusted_network else [])
    if not any(_same(given, known) for known in accepted):
        without_token = _same(given, user.password)
        if not without_token:
            note_failure(org, user)
        raise _wrong_password(without_token)
    note_success(org, user)
    _check_user(user)
    return user


def browser_login(org: Org, username: str, given: str) -> LoginUser:
    """Check a login form, where no token is asked for and a second factor is the browser's matter."""
    user = _active_user(org, username)
    if user.sso_only:
        raise LoginRefused("INVALID_SSO_GATEWAY_URL", "Your company requires single sign-on.")
    if not _same(given, user.password):
        note_failure(org, user)
        raise LoginRefused("INVALID_LOGIN", INVALID_LOGIN)
    note_success(org, user)
    if user.password_expired:
        raise _expired_password()
    return user


def check_refusals(org: Org, user: LoginUser) -> None:
    """Raise what control has set for the org's or this user's logins."""
    code = org.settings.login_refusal or user.login_refusal
    if code:
        raise LoginRefused(code, LOGIN_REFUSALS[code])


def check_rate(org: Org, user: LoginUser) -> None:
    """3,600 logins an hour and user (spec section 4, from memory)."""
    now = org.clock.timestamp()
    times = [at for at in org.logins.get(user.user_id, []) if at > now - 3600]
    org.logins[user.user_id] = [*times, now]
    if len(times) >= org.settings.logins_per_hour:
        raise LoginRefused("LOGIN_RATE_EXCEEDED", "login rate exceeded")


def is_locked(org: Org, user: LoginUser) -> bool:
    return user.locked or org.clock.timestamp() < user.locked_until


def note_failure(org: Org, user: LoginUser) -> None:
    """Count a wrong password; too many of them lock the user out for a while."""
    user.failed_logins += 1
    if user.failed_logins >= org.settings.failed_logins_allowed:
        user.failed_logins = 0
        user.locked_until = org.clock.timestamp() + org.settings.lockout_seconds
    org.users.save(user)


def note_success(org: Org, user: LoginUser) -> None:
    if user.failed_logins:
        user.failed_logins = 0
        org.users.save(user)


def _active_user(org: Org, username: str) -> LoginUser:
    user = org.users.by_name(username.strip())
    if user is None or not org.is_active(user.user_id):
        raise LoginRefused("INVALID_LOGIN", INVALID_LOGIN)
    if is_locked(org, user):
        raise LoginRefused("PASSWORD_LOCKOUT", INVALID_LOGIN)
    check_refusals(org, user)
    return user


def _check_user(user: LoginUser) -> None:
    if user.mfa_for_api:
        raise LoginRefused("INVALID_LOGIN", INVALID_LOGIN)
    if not user.api_enabled:
        raise LoginRefused("API_CURRENTLY_DISABLED", "API is disabled for this User")
    if user.password_expired:
        raise _expired_password()


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), known.encode("utf-8", "surrogatepass"))


def _wrong_password(without_token: bool) -> LoginRefused:
    if without_token:
        return LoginRefused("LOGIN_MUST_USE_SECURITY_TOKEN", UNKNOWN_PLACE)
    return LoginRefused("INVALID_LOGIN", INVALID_LOGIN)


def _expired_password() -> LoginRefused:
    message = "The users password has expired, you must call SetPassword before attempting any other API operations"
    return LoginRefused("INVALID_OPERATION_WITH_EXPIRED_PASSWORD", message)
