"""What the API usage tab tells: the org's daily limit, our share of it, our calls by hour and by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select

from host.plugin_api import PluginContext
from plugins.salesforce.api_state import org_key, read_known, utc
from plugins.salesforce.budget import read_reserve
from plugins.salesforce.connection import connection_from
from plugins.salesforce.domain.budget import RESERVES_KEPT, Known, reserve_calls, waiting
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.domain.usage_chart import Chart, Span, chart
from plugins.salesforce.tables import api_usage
from plugins.salesforce.usage import hour_of, meter_of

Rows = Sequence[Row[datetime, str, int, int]]

HOURS = 24
DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    """What the tab shows.

    Args:
        asks_at: when the next call may ask whether a reached limit still holds.
        reserve: percent of the daily limit.
        ours: our calls of the last 24 hours.
        cost: API calls for one telephone call that was looked up, on average of 30 days; None before the first.
    """

    known: Known
    asks_at: datetime
    reserve: int
    ours: int
    hours: Chart
    days: Chart
    cost: float | None

    @property
    def total(self) -> int:
        return self.known.total or 0

    @property
    def used(self) -> int:
        """All of it, once Salesforce refuses calls."""
        return self.total if self.known.refused_at else min(self.known.used or 0, self.total)

    @property
    def own(self) -> int:
        """Our part of what is used. Our hours begin on the hour, the org's 24 hours do not, so ours is cut to it."""
        return min(self.ours, self.used)

    @property
    def others(self) -> int:
        return self.used - self.own

    @property
    def left(self) -> int:
        return self.total - self.used

    @property
    def waiting(self) -> tuple[Purpose, ...]:
        return waiting(self.known, self.reserve)

    def kept_from(self, purpose: Purpose) -> int:
        """How many calls must be left for a call of this purpose to be made."""
        return RESERVES_KEPT.get(purpose, 0) * reserve_calls(self.total, self.reserve)


def read_usage(context: PluginContext) -> UsageReport | None:
    """The usage of the connected org, or of the last one; None before the first connection."""
    stored = context.settings.read()
    info = connection_from(stored)
    org_id = info.org_id if info else str(stored.get("last_org_id") or "")
    if not org_id:
        return None
    org = org_key(org_id)
    meter_of(context).write(context)
    now = context.clock()
    zone = context.site.timezone
    known = read_known(context, org)
    rows = _rows(context, org, _first_moment(now, zone))
    hours = [hour_of(now) - timedelta(hours=back) for back in reversed(range(HOURS))]
    by_hour = _by_hour(rows, hours)
    return UsageReport(
        known=known,
        asks_at=max(known.ask_at or now, now),
        reserve=read_reserve(stored),
        ours=sum(span.total for span in by_hour),
        hours=chart(by_hour),
        days=chart(_by_day(rows, now.astimezone(zone).date(), zone)),
        cost=_cost(rows),
    )


def _first_moment(now: datetime, zone: ZoneInfo) -> datetime:
    first = now.astimezone(zone).date() - timedelta(days=DAYS - 1)
    return hour_of(datetime.combine(first, time(), zone))


def _rows(context: PluginContext, org: str, since: datetime) -> Rows:
    columns = (api_usage.c.hour, api_usage.c.purpose, api_usage.c.calls, api_usage.c.looked_up)
    query = select(*columns).where(api_usage.c.org == org, api_usage.c.hour >= since)
    with context.database.reading() as connection:
        return connection.execute(query).all()


def _by_hour(rows: Rows, hours: Sequence[datetime]) -> list[Span]:
    counts: dict[datetime | None, Counter[Purpose]] = {hour: Counter() for hour in hours}
    for hour, purpose, calls, _looked_up in rows:
        counts.setdefault(utc(hour), Counter())[Purpose(purpose)] += calls
    return [Span(begins_at=hour, calls=counts[hour]) for hour in hours]


def _by_day(rows: Rows, today: date, zone: ZoneInfo) -> list[Span]:
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    counts: Mapping[date, Counter[Purpose]] = {day: Counter() for day in days}
    for hour, purpose, calls, _looked_up in rows:
        moment = utc(hour)
        day = moment.astimezone(zone).date() if moment else today
        if day in counts:
            counts[day][Purpose(purpose)] += calls
    return [Span(begins_at=datetime.combine(day, time(12), zone), calls=counts[day]) for day in days]


def _cost(rows: Rows) -> float | None:
    """API calls per telephone call that was looked up, after it ended or again by hand."""
    looked_up = sum(row.looked_up for row in rows)
    calls = sum(row.calls for row in rows if row.purpose in (Purpose.LOOK_UP, Purpose.BY_HAND))
    return calls / looked_up if looked_up else None
