"""What the operation log calls what was done with contacts; translated where it is shown."""

from __future__ import annotations

from plugins.contacts.marks import N_

DELETED = N_("contact deleted")
EXPORTED = N_("contacts exported")
IMPORTED = N_("contacts imported")
