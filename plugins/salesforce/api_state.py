"""What all processes share about an org's API calls: the figures last told, refusals, and whose turn it is to ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from host.plugin_api import PluginContext
from plugins.salesforce.domain.budget import TURN, Known, pause
from plugins.salesforce.tables import api_state

NOTHING_REFUSED = {"refused_at": None, "refusals": 0, "ask_at": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one answer told: `used` of `total` API calls of the whole org in 24 hours; None if it told nothing."""

    answered_at: datetime
    used: int | None = None
    total: int | None = None


def org_key(org_id: str) -> str:
    """An org's id without the three letters that only check it: some answers leave them out."""
    return org_id[:15]


def read_known(context: PluginContext, org: str) -> Known:
    """What is known now, by whichever process."""
    with context.database.reading() as connection:
        row = connection.execute(select(api_state).where(api_state.c.org == org)).mappings().first()
    if row is None:
        return Known()
    times = {name: utc(row[name]) for name in ("told_at", "refused_at", "ask_at")}
    return Known(used=row["used"], total=row["total"], refusals=row["refusals"], **times)


def read_figures(context: PluginContext, org: str) -> Figures | None:
    """The last answer; None before the first one."""
    query = select(api_state.c.answered_at, api_state.c.used, api_state.c.total).where(api_state.c.org == org)
    with context.database.reading() as connection:
        row = connection.execute(query).first()
    answered_at = utc(row.answered_at) if row else None
    return Figures(answered_at=answered_at, used=row.used, total=row.total) if row and answered_at else None


def store_figures(connection: Connection, org: str, figures: Figures) -> None:
    """Write what an answer told, unless a later one has been written."""
    values: dict[str, Any] = {"answered_at": figures.answered_at}
    if figures.total is not None:
        values |= {"used": figures.used, "total": figures.total, "told_at": figures.answered_at}
    making = inserting(connection, api_state).values(org=org, refusals=0, **values)
    older = or_(api_state.c.answered_at.is_(None), api_state.c.answered_at <= figures.answered_at)
    connection.execute(making.on_conflict_do_update(index_elements=["org"], set_=values, where=older))


def take_turn(context: PluginContext, org: str, now: datetime) -> bool:
    """Whether this call is the one that asks; for `TURN` no other one gets the turn."""
    free = or_(api_state.c.ask_at.is_(None), api_state.c.ask_at <= now)
    taking = update(api_state).where(api_state.c.org == org, free).values(ask_at=now + TURN)
    with context.database.writing() as connection:
        return connection.execute(taking).rowcount == 1


def store_refusal(context: PluginContext, org: str, now: datetime) -> Known:
    """The daily limit is reached. Refusals of calls that were under way together count as one."""
    with context.database.writing() as connection:
        connection.execute(inserting(connection, api_state).values(org=org, refusals=0).on_conflict_do_nothing())
        row = connection.execute(select(api_state).where(api_state.c.org == org).with_for_update()).one()
        ask_at = utc(row.ask_at)
        if row.refused_at is None or ask_at is None or ask_at <= now + TURN:
            refusals = row.refusals + 1
            values = {"refused_at": utc(row.refused_at) or now, "refusals": refusals, "ask_at": now + pause(refusals)}
            connection.execute(update(api_state).where(api_state.c.org == org).values(values))
    return read_known(context, org)


def forget_refusal(context: PluginContext, org: str) -> bool:
    """Salesforce answers again; false if another process has said so before."""
    refused = and_(api_state.c.org == org, api_state.c.refused_at.is_not(None))
    with context.database.writing() as connection:
        return connection.execute(update(api_state).where(refused).values(NOTHING_REFUSED)).rowcount == 1


def inserting(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can say ON CONFLICT."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def utc(moment: datetime | None) -> datetime | None:
    """A stored time: SQLite keeps no zone."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
