"""What a plugin says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import Blueprint
from marshmallow import Schema
from sqlalchemy import MetaData

from host.plugin_api.auth import AuthFeature
from host.plugin_api.calls import Call
from host.plugin_api.contact_book import ContactBook
from host.plugin_api.context import PluginContext
from host.plugin_api.jobs import ScheduledJob
from host.plugin_api.watching import Counter, HealthCheck

API_VERSION = 1
"""The major version of the plugin interface: a plugin that was written for another one is refused."""
API_MINOR = 0
"""Grows with each addition, and begins at 0 again with a new major version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationItem:
    """A link in the host's menu. `title` is the English text, translated by the plugin's own catalogue when shown.

    `section` is "main" (every user), "settings" or "integrations" (admins). `endpoint` is relative to the plugin's pages.
    """

    title: str
    endpoint: str
    section: str = "main"
    icon: str = "plug"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAction:
    """A link on the page of a call to a page of the plugin about it, for everybody who is logged in.

    `title` is the English text, translated by the plugin's own catalogue. `endpoint` is relative to the plugin's pages and
    takes `call_id`. The link is there for calls with a number that have ended, while `offered` says so.
    """

    title: str
    endpoint: str
    offered: Callable[[PluginContext], bool]
    icon: str = "plug"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A plugin's description, read once when it is loaded.

    Args:
        name: the entry point's name; lower-case letters, digits and underscores.
        title, description: English text for the plugins page, translated by the plugin's catalogue.
        version: the plugin's own version.
        api: the major version of this interface it was written for (`API_VERSION`).
        api_minor: the minor version that brought the newest thing it uses; an older host refuses it with a sentence.
        deadline_seconds: how long one hook call may take.
        concurrency: how many of its hook calls may run at once in one worker.
        enabled_by_default: whether it is on when it is seen for the first time.
        migrations: dotted name of its Alembic versions package ("plugins.contacts.migrations"); its revisions form a branch
            labelled with the plugin's name, and its tables' names begin with `<name>_`.
        tables: the metadata of its tables, so that a check can hold them against the migrations.
        translations: dotted name of the package that has a `translations` folder, or "".
        contact_book: builds the contact book, if this plugin is the one that keeps it.
        pages: builds the Flask blueprint served under `/plugins/<name>`; login is required and the plugin must be enabled.
        rest: builds the flask-smorest blueprint served under `/api/v1/<name>`.
        navigation: its links in the menu.
        dials: it makes the calls that are clicked, in `on_click_to_call`. When that ends as failed, or is put on hold, the
            host ends the call; one that is over already is not handed to it. Without such a plugin no number can be clicked.
        jobs: what it does by the clock, or when an admin presses a button.
        call_actions: links on the page of a call to its own pages about it.
        announce: told of a call while it rings or is being dialled, and once more when a person has answered it, so that a
            name stands there before anybody speaks. Best effort: it is not stored, not repeated when it fails, and left out
            where it would come too late. What must happen belongs into a hook. `call.number` may be None.
        settings: a marshmallow schema of its settings. The host draws the form on the plugin's page, checks what is typed
            by it, seals what is secret, logs changes; `context.config()` gives the values. A field's `metadata` has its
            `label`, `help`, and `secret=True` for what is never shown again (left blank, it is kept).
        auth_group: the entry-point group of its `AuthMethod`s. The host draws the page to connect, keeps the connection
            sealed and renews it; `context.crm` uses it.
        features: what its auth methods may declare, for the table of differences.
        health: checks of what it needs, run by the clock and by a button on its page.
        counters: what it counts for Prometheus, by `context.count`.
        help: paragraphs for the admin on its page, in English.
        help_url: where its own documentation is, "https://…".
        record_kinds: the objects of its CRM that a clicked record may be of ("Contact"), with what one record is called, in
            English. The page behind a link `/dial?…` names the record by it, and says when one of its kind is not linked.
    """

    name: str
    title: str
    description: str = ""
    version: str
    api: int = API_VERSION
    api_minor: int = 0
    deadline_seconds: float = 60.0
    concurrency: int = 8
    enabled_by_default: bool = True
    migrations: str = ""
    tables: MetaData | None = None
    translations: str = ""
    contact_book: Callable[[PluginContext], ContactBook] | None = None
    pages: Callable[[PluginContext], Blueprint] | None = None
    rest: Callable[[PluginContext], Blueprint] | None = None
    navigation: tuple[NavigationItem, ...] = ()
    dials: bool = False
    jobs: tuple[ScheduledJob, ...] = ()
    call_actions: tuple[CallAction, ...] = ()
    announce: Callable[[PluginContext, Call], None] | None = None
    settings: type[Schema] | None = None
    auth_group: str = ""
    features: type[AuthFeature] | None = None
    health: tuple[HealthCheck, ...] = ()
    counters: tuple[Counter, ...] = ()
    help: tuple[str, ...] = ()
    help_url: str = ""
    record_kinds: Mapping[str, str] = field(default_factory=dict)
