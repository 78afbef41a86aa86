"""R20: the rules of the bulk fetch: its window, how many numbers fit into a request, and how a full reply is divided."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.salesforce.domain import bulk_query, bulk_search
from plugins.salesforce.domain.bulk_progress import Progress, progress_from
from plugins.salesforce.domain.bulk_window import LONGEST, Window, window
from plugins.salesforce.domain.sosl import SEARCH_STRING_LIMIT, search_statement
from plugins.salesforce.domain.wanted import Wanted, rows_by_number, wanted
from tests.unit.plugins.salesforce.builders import ALL, CONTACT, LEAD, REGION, row

TOKYO, NEW_YORK = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")
MOBILES = [wanted(f"+8190{n:04d}{n * 7919 % 10000:04d}", REGION) for n in range(100)]
MIXED = [wanted(number, REGION) for n in range(12) for number in (
    f"+813{n:04d}1234", f"+8190{n:04d}5678", f"+1415555{n:04d}", f"+4420718387{n:02d}", f"+81120{n:03d}456")]  # fmt: skip


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("reached", "due", "now", "zone", "since"),
    [
        pytest.param(None, "2026-11-22T23:00+09:00", "2026-11-22T23:00:01+09:00", TOKYO, "2026-11-22T00:00+09:00",
                     id="first"),
        pytest.param("2026-11-21T23:00:02+09:00", "2026-11-22T23:00+09:00", "2026-11-22T23:00+09:00", TOKYO,
                     "2026-11-21T22:59:02+09:00", id="since the night before"),
        pytest.param("2026-11-22T12:00+09:00", "2026-11-22T23:00+09:00", "2026-11-22T23:00+09:00", TOKYO,
                     "2026-11-22T00:00+09:00", id="somebody fetched at noon"),
        pytest.param("2026-11-18T23:00+09:00", "2026-11-21T23:00+09:00", "2026-11-22T08:00+09:00", TOKYO,
                     "2026-11-18T22:59+09:00", id="days of downtime"),
        pytest.param(None, "2026-11-21T23:00+09:00", "2026-11-22T08:00+09:00", TOKYO, "2026-11-21T00:00+09:00",
                     id="the first run comes late"),
        pytest.param("2026-01-01T23:00+09:00", "2026-11-22T23:00+09:00", "2026-11-22T23:00+09:00", TOKYO,
                     "2026-10-22T23:00+09:00", id="at most 31 days"),
        pytest.param(None, "2026-11-01T23:00-05:00", "2026-11-01T23:00-05:00", NEW_YORK, "2026-11-01T00:00-04:00",
                     id="a day of 25 hours"),
    ],
)  # fmt: skip
def test_r20_the_window(reached, due, now, zone, since):
    found = window(at(reached) if reached else None, at(due), at(now), zone)
    assert (found.since, found.until) == (at(since), at(now))


@given(st.integers(0, 5_000_000), st.timedeltas(-LONGEST * 2, LONGEST * 2))
def test_r20_windows_follow_each_other_without_a_gap(minutes: int, earlier: timedelta):
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    found = window(now + earlier, now, now, TOKYO)
    assert found.since <= found.until == now
    assert found.since <= now + earlier or earlier < -LONGEST


def test_the_progress_is_kept_whole():
    begun = Window(since=at("2026-11-22T00:00+09:00"), until=at("2026-11-22T23:00+09:00"))
    progress = Progress(window=begun, after="+81312345678", waiting=("+81300000001",), total=5, found=2, api_calls=3)
    assert progress_from(progress.to_json()) == progress
    assert progress_from({}) is None


@pytest.mark.parametrize("numbers", [MOBILES, MIXED])
def test_r20_as_many_numbers_as_fit_stand_in_one_search(numbers: list[Wanted]):
    count = bulk_search.how_many_fit(numbers)
    string = " OR ".join(term for one in numbers[:count] for term in one.terms)
    more = " OR ".join(term for one in numbers[: count + 1] for term in one.terms)
    assert len(string) < SEARCH_STRING_LIMIT <= len(more)
    statement = search_statement([term for one in numbers[:count] for term in one.terms], ALL, ALL)
    assert len(quote(statement)) < 16_384 - 2_000, "what Salesforce takes for the address and the headers"


def test_r20_as_many_numbers_as_fit_stand_in_one_composite_request():
    count = bulk_query.how_many_fit(MOBILES, ALL, ALL)
    queries = bulk_query.bulk_queries(MOBILES[:count], ALL, ALL)
    assert len(queries) == bulk_query.MOST_QUERIES
    assert max(map(len, queries.values())) < 100_000
    assert len(bulk_query.bulk_queries(MOBILES[: count + 1], ALL, ALL)) > bulk_query.MOST_QUERIES


@pytest.mark.parametrize("count", [1, 43, 44, 84, 90])
def test_r20_every_form_of_every_number_is_asked_of_every_object(count: int):
    queries = bulk_query.bulk_queries(MOBILES[:count], ALL, ALL)
    for schema in ALL:
        text = " ".join(soql for name, soql in queries.items() if name.startswith(schema.name))
        for phone in schema.phones:
            assert f"{phone.name} IN (" in text
        assert all(f"'{form}'" in text for one in MOBILES[:count] for form in one.forms)


def test_r20_1000_and_10000_unknown_numbers_stay_below_the_bars():
    per_search, per_query = bulk_search.how_many_fit(MOBILES), bulk_query.how_many_fit(MOBILES, ALL, ALL)
    assert -(-1_000 // per_search) + -(-1_000 // per_query) <= 60
    assert -(-10_000 // per_search) + -(-10_000 // per_query) <= 600


def test_a_reply_is_full_when_one_object_reaches_its_limit():
    rows = [row("Lead", str(n)) for n in range(199)] + [row("Contact", str(n)) for n in range(100)]
    assert not bulk_search.is_full(rows)
    assert bulk_search.is_full([*rows, row("Lead", "199")])


def test_r20_a_number_that_crowds_a_reply_is_asked_for_alone():
    crowd, *others = MOBILES[:6]
    rows = [row("Contact", str(n), Phone=crowd.number) for n in range(120)]
    rows += [row("Contact", f"x{n}", Phone=others[n % 5].number) for n in range(80)]
    assert bulk_search.divided((crowd, *others), rows, ALL, REGION) == ((crowd,), tuple(others))


@given(st.integers(2, 60))
def test_r20_without_such_a_number_it_is_halved_and_none_is_lost(size: int):
    batch = tuple(MOBILES[:size])
    parts = bulk_search.divided(batch, [], ALL, REGION)
    assert tuple(one for part in parts for one in part) == batch
    assert all(0 < len(part) < size for part in parts)


def test_r3_a_row_counts_for_each_number_in_its_counted_fields_only():
    both = row("Contact", "1", Phone="03-1234-5678、090-1111-2222", MobilePhone="0312345678", Other__c="03-9999-9999")
    hidden = row("Account", "2", Phone="03-1234-5678")
    found = rows_by_number([both, hidden], (CONTACT, LEAD), REGION)
    assert found == {"+81312345678": [both], "+819011112222": [both]}


def test_a_number_nobody_can_write_has_no_forms():
    assert wanted("+811", REGION) == Wanted("+811", (), ())


def test_the_longest_catch_up_is_31_days():
    assert timedelta(days=31) == LONGEST
