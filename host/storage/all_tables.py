"""The metadata with all of the host's tables in it, whichever module describes them."""

from __future__ import annotations

from host.storage import alarm_tables, job_tables, plugin_tables, process_tables
from host.storage.tables import metadata

__all__ = ["alarm_tables", "job_tables", "metadata", "plugin_tables", "process_tables"]
