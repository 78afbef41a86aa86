"""How to make the app in Salesforce: the steps which several auth methods have in common."""

from __future__ import annotations

from plugins.salesforce.wording import N_

NEW_APP = N_("In Salesforce, open Setup › External Client App Manager and press “New External Client App”.")
CALLBACK = N_("Switch on OAuth and enter the callback address exactly as it stands below.")
SCOPES = N_(
    "Choose the scopes “Manage user data via APIs (api)”, “Perform requests at any time (refresh_token, offline_access)” "
    "and “Access the identity URL service (id)”."
)
KEY = N_(
    "Copy the consumer key from “Consumer Key and Secret” into the field; the secret is not needed. "
    "A new app takes up to ten minutes to be known."
)
KEYS = N_(
    "Copy the consumer key and secret from “Consumer Key and Secret” into the fields. "
    "A new app takes up to ten minutes to be known."
)
