"""Salesforce's objects in the language of the page."""

from __future__ import annotations

from flask_babel import gettext

from plugins.salesforce.wording import N_

OBJECT_TITLES = {"Contact": N_("Salesforce Contacts"), "Account": N_("Salesforce Accounts"), "Lead": N_("Salesforce Leads")}


def object_title(name: str) -> str:
    """What people call a Salesforce object."""
    return str(gettext(OBJECT_TITLES[name]))
