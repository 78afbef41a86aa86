"""What the pages that sign in have in common: the keys in the admin's session, and what was typed in."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

from plugins.salesforce.auth_api import AuthMethod

SIGN_IN_KEY = "salesforce_sign_in"
TRIAL_KEY = "salesforce_trial"
CHANGING_KEY = "salesforce_changing"
UNPROCESSABLE = 422


def typed_credentials(method: AuthMethod) -> dict[str, str]:
    """What was typed into the method's fields."""
    return {field.name: request.form.get(field.name, "") for field in method.credentials}


def without_secrets(method: AuthMethod, typed: Mapping[str, str]) -> dict[str, str]:
    """What may stand in the form again."""
    return {field.name: typed[field.name] for field in method.credentials if not field.secret}
