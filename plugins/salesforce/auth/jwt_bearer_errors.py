"""What Salesforce answers when it refuses an assertion, as sentences: the help page "OAuth 2.0 flow errors"."""

from __future__ import annotations

from host.plugin_api import NeedsConfiguration, NeedsReauthorisation
from plugins.salesforce.auth.oauth_errors import OAuthRefusal
from plugins.salesforce.wording import N_

REFUSALS = (
    OAuthRefusal(
        "invalid_grant",
        r"approved this consumer|not pre-?authori[sz]ed",
        NeedsReauthorisation,
        N_(
            "Salesforce has no approval for this user and app. Check that the username is right and active, and admit the "
            "user in the app’s policies (“Admin approved users are pre-authorized”)."
        ),
    ),
    OAuthRefusal(
        "invalid_grant",
        r"audience",
        NeedsConfiguration,
        N_("The sign-in went to the wrong Salesforce host. Choose production or sandbox as it fits the org."),
    ),
    OAuthRefusal(
        "invalid_grant",
        r"expired",
        NeedsConfiguration,
        N_("Salesforce takes the sign-in for outdated. Check that this server’s clock is right."),
    ),
    OAuthRefusal(
        "invalid_grant",
        r"invalid assertion|signature",
        NeedsReauthorisation,
        N_(
            "Salesforce does not accept the signature. Check that the certificate in the app belongs to this private key, "
            "that it has not expired, and that this server’s clock is right."
        ),
    ),
)
