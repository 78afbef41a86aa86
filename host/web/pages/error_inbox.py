"""Gathers what the inbox of integration errors shows, on the host's page and on a plugin's own (R31, B5)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask, request, url_for
from flask_babel import get_locale
from sqlalchemy import Connection

from host.delivery.hourly import LastDay, last_day
from host.delivery.inbox import AffectedPage, Groups, ReasonGroup, affected, reason_groups
from host.domain.reasons import OWN_WAY
from host.plugin_api import ContactEntry
from host.plugin_api.web import ERROR_INBOX
from host.services import Services
from host.storage.history import CallRow, get_rows
from host.web.pages import error_words
from host.web.pages.current import services
from host.web.pages.stopped_jobs import StoppedJob, stopped_jobs
from host.web.storable_integer import LARGEST

LIVE = "error_settings.live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A page of the calls of the group that is open, with the addresses of the pages around it."""

    page: AffectedPage
    calls: Mapping[str, CallRow]
    entries: Mapping[str, ContactEntry]
    older_url: str
    newer_url: str
    newest_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One group. `here` is the address that opens it, `version` changes when anything shown of it does."""

    id: str
    group: ReasonGroup
    here: str
    opened: Opened | None
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """What the template errors/inbox.html shows.

    Args:
        plugin: of which plugin; "" for all.
        count: how many deliveries and runs need a person.
        path: the page it is on; its links lead there.
    """

    plugin: str
    path: str
    count: int
    cards: Sequence[Card]
    more: int
    jobs: Sequence[StoppedJob]
    chart: LastDay
    poll_url: str
    busy: bool
    closed_url: str
    summary_version: str
    chart_version: str

    @property
    def stopped(self) -> int:
        """How many deliveries are stopped, also those that need nobody."""
        return sum(card.group.stopped for card in self.cards)

    @property
    def version(self) -> str:
        """A text that changes when anything shown changes."""
        shown = (self.summary_version, self.chart_version, *(card.version for card in self.cards), *self.jobs)
        return _hash(*shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What of the inbox is wanted: of which plugin, on which page, and which group is open at which place."""

    plugin: str
    path: str
    opened: str = ""
    before: int | None = None


def install(app: Flask) -> None:
    """Let plugins show the inbox on a page of their own (`host.plugin_api.web.error_inbox`)."""
    app.extensions[ERROR_INBOX] = lambda plugin: error_inbox(asked_here(plugin))
    app.jinja_env.filters.update(
        kind_advice=error_words.kind_advice,
        kind_state=error_words.kind_state,
        job_advice=error_words.job_advice,
        settings_page=error_words.settings_page,
    )


def asked_here(plugin: str) -> Asked:
    """What this request asks for, on the page it is for."""
    return asked_on(request.path, plugin)


def asked_on(path: str, plugin: str) -> Asked:
    """What this request asks for of the inbox on another page."""
    before = request.args.get("before", type=int)
    known = before if before and 0 < before <= LARGEST else None
    return Asked(plugin=plugin, path=path, opened=request.args.get("open", "")[:120], before=known)


def error_inbox(asked: Asked) -> Inbox:
    """The inbox as things stand now."""
    site = services()
    with site.database.reading() as connection:
        groups = reason_groups(connection, asked.plugin)
        chart = last_day(connection, site.clock(), asked.plugin)
        cards = [_card(site, connection, asked, group) for group in groups.shown]
    jobs = stopped_jobs(site.registry, asked.plugin)
    return Inbox(
        plugin=asked.plugin,
        path=asked.path,
        count=_count(groups, jobs),
        cards=cards,
        more=groups.more,
        jobs=jobs,
        chart=chart,
        poll_url=_poll_url(asked),
        busy=any(group.going for group in groups.shown),
        closed_url=_address(asked),
        summary_version=_hash(groups.more, *((group.stopped, group.kind) for group in groups.shown), chart.well),
        chart_version=_hash(chart),
    )


def _count(groups: Groups, jobs: Sequence[StoppedJob]) -> int:
    return sum(group.stopped for group in groups.shown if group.kind not in OWN_WAY) + len(jobs)


def _card(site: Services, connection: Connection, asked: Asked, group: ReasonGroup) -> Card:
    name = f"{group.plugin}:{group.reason}"
    opened = _opened(site, connection, asked, group) if name == asked.opened else None
    return Card(
        id=f"error-{group.plugin}-{group.reason}",
        group=group,
        here=_address(asked, open=name),
        opened=opened,
        version=_hash(group, opened),
    )


def _opened(site: Services, connection: Connection, asked: Asked, group: ReasonGroup) -> Opened:
    page = affected(connection, group.plugin, group.reason, asked.before)
    rows = get_rows(connection, {one.call_id for one in page.deliveries})
    numbers = {row.call.number for row in rows.values() if row.call.number}
    return Opened(
        page=page,
        calls=rows,
        entries=site.registry.contact_book().entries(numbers) if numbers else {},
        older_url=_address(asked, open=asked.opened, before=page.before) if page.before else "",
        newer_url="" if page.newer is None else _address(asked, open=asked.opened, before=page.newer or None),
        newest_url=_address(asked, open=asked.opened) if asked.before else "",
    )


def _address(asked: Asked, **more: str | int | None) -> str:
    return asked.path + _query(_filter(asked) | more)


def _poll_url(asked: Asked) -> str:
    wanted = {"plugin": asked.plugin, "on": asked.path, "open": asked.opened, "before": asked.before}
    return url_for(LIVE) + _query(wanted)


def _filter(asked: Asked) -> dict[str, str | int | None]:
    """On the host's page the plugin is a filter; on a plugin's own it goes without saying."""
    return {"plugin": asked.plugin if asked.path == url_for("error_settings.index") else ""}


def _query(values: Mapping[str, str | int | None]) -> str:
    given = {name: value for name, value in values.items() if value}
    return f"?{urlencode(given)}" if given else ""


def _hash(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(repr, (*parts, str(get_locale())))).encode()).hexdigest()[:16]
