"""One org: its data, its users, its switches, its clock and its counters."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import asdict
from pathlib import Path
from typing import Any

from salesforce_sandbox.access import View
from salesforce_sandbox.clock import Clock
from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.faults import Faults
from salesforce_sandbox.records.automation import Automation
from salesforce_sandbox.records.locks import Locks
from salesforce_sandbox.schema.catalog import Catalog, custom_field
from salesforce_sandbox.settings import OrgSettings
from salesforce_sandbox.store import Database
from salesforce_sandbox.usage import Usage
from salesforce_sandbox.users import LoginUser, Users


class Org:
    """Everything the endpoints share. Data access happens under ``database.lock``."""

    def __init__(self, database_path: Path | None = None) -> None:
        self.database = Database(database_path)
        self.clock = Clock()
        self.catalog = Catalog()
        self.usage = Usage(self.clock)
        self.faults = Faults()
        self.automation = Automation()
        self.locks = Locks(self.clock)
        self.metadata_changed = self.clock.stamp()
        self.http_url = ""
        self.https_url = ""
        self.cursors: OrderedDict[str, Any] = OrderedDict()
        self.bulk_jobs: dict[str, Any] = {}
        self.refreshing: set[str] = set()
        self.authorizations: dict[str, Any] = {}
        self.codes: dict[str, Any] = {}
        self.browser_sessions: dict[str, str] = {}
        self.logins: dict[str, list[float]] = {}
        self.settings = OrgSettings()
        self._create_tables()
        self.users = Users(self.database)
        self._load()

    def _create_tables(self) -> None:
        for sobject in self.catalog:
            self.database.create_table(sobject)

    def _load(self) -> None:
        for object_name, body in self.database.rows("SELECT object, body FROM custom_field ORDER BY rowid"):
            self.catalog.add_field(object_name, custom_field(json.loads(body)))
        row = self.database.row("SELECT body FROM document WHERE name = 'settings'")
        if row is not None:
            self.settings = OrgSettings(**json.loads(row[0]))
        row = self.database.row("SELECT body FROM document WHERE name = 'automation'")
        if row is not None:
            self.automation.replace(self.catalog, json.loads(row[0]))

    @property
    def base_url(self) -> str:
        """Where the org says it lives: https as soon as it is served."""
        return self.https_url or self.http_url

    @property
    def id(self) -> str:
        row = self.database.row('SELECT Id FROM "Organization"')
        return str(row[0]) if row else ""

    @property
    def last_name_first(self) -> bool:
        row = self.database.row('SELECT DefaultLocaleSidKey FROM "Organization"')
        return row is not None and row[0] == "ja_JP"

    @property
    def default_user_id(self) -> str:
        row = self.database.row('SELECT Id FROM "User" ORDER BY Id LIMIT 1')
        return str(row[0]) if row else ""

    @property
    def is_sandbox(self) -> bool:
        row = self.database.row('SELECT IsSandbox FROM "Organization"')
        return row is not None and bool(row[0])

    def is_active(self, user_id: str) -> bool:
        """Tell whether a user may work at all."""
        row = self.database.row('SELECT IsActive FROM "User" WHERE Id = ?', (user_id,))
        return row is not None and bool(row[0])

    def is_empty(self) -> bool:
        return not self.id

    def view(self, user: LoginUser | None) -> View:
        return View(self.catalog, user, self.settings.person_accounts)

    def change_settings(self, changes: dict[str, Any]) -> None:
        """Apply and keep changed switches. Raises ValueError."""
        self.settings = self.settings.changed(changes)
        self.save_settings()
        self.note_metadata_change()

    def note_metadata_change(self) -> None:
        """Objects, fields or rights are different from now on, as conditional describes are told."""
        self.metadata_changed = self.clock.stamp()

    def change_automation(self, changes: dict[str, Any]) -> None:
        """Put lists of rules in place of those before and keep them. Raises ControlInputError."""
        self.automation.replace(self.catalog, changes)
        self._save_document("automation", self.automation.facts)

    def save_settings(self) -> None:
        self._save_document("settings", asdict(self.settings))

    def _save_document(self, name: str, body: Any) -> None:
        sql = "INSERT INTO document VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body"
        self.database.execute(sql, (name, json.dumps(body)))

    def add_custom_field(self, object_name: str, facts: dict[str, Any]) -> str:
        """Add a field to an object and return its name."""
        sobject = self.catalog.find(object_name)
        field = custom_field(facts)
        if sobject is None or sobject.field(field.name) is not None:
            message = f"{object_name} does not exist or already has {field.name}"
            raise SalesforceError(400, "DUPLICATE_DEVELOPER_NAME", message)
        self.database.add_column(sobject, field)
        self.database.execute("INSERT INTO custom_field VALUES (?, ?, ?)", (sobject.name, field.name, json.dumps(facts)))
        self.catalog.add_field(sobject.name, field)
        self.note_metadata_change()
        return field.name

    def clear(self) -> None:
        """Forget everything, as if the org had just been made."""
        self.database.clear(self.catalog)
        self.catalog.reset()
        self._create_tables()
        self.users.load()
        self.settings = OrgSettings()
        self.usage.reset()
        self.faults.reset()
        self.automation.reset()
        self.locks.reset()
        self.clock.offset = Clock().offset
        self.note_metadata_change()
        for memory in (self.cursors, self.bulk_jobs, self.authorizations, self.codes, self.browser_sessions, self.logins):
            memory.clear()
        self.refreshing.clear()
