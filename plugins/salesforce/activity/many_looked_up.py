"""Looks many waiting calls up together, as the nightly bulk fetch does, so that their Tasks can be made (R19, R27)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from host.plugin_api import Call, Match, RetryLater
from plugins.salesforce.activity.rows import Claim
from plugins.salesforce.activity.waiting import Waiting
from plugins.salesforce.activity.wish import target_from
from plugins.salesforce.asking import Found
from plugins.salesforce.bulk_lookup import BulkLookUp
from plugins.salesforce.client import Client
from plugins.salesforce.domain.activity.standing import Standing, Target
from plugins.salesforce.domain.wanted import Batch, Wanted, wanted
from plugins.salesforce.errors import TooHeavy
from plugins.salesforce.fetch_setting import fetch_in_effect
from plugins.salesforce.org import known_schema
from plugins.salesforce.preferences import FetchSetting, preferences_from
from plugins.salesforce.registration import entry_of


def look_up_many(waiting: Waiting, client: Client, claim: Claim) -> None:
    """Keep with each of these calls whom it is about; where their end is to be delivered, names are entered as well.

    Each answer is kept as soon as it is there. Numbers that are too much for the org at once are left to their deliveries.

    Raises:
        RetryLater: Salesforce did not answer each time; what it answered is kept.
    """
    calls = {row.call_id: call for row in claim.rows.values() if (call := waiting.to_look_up(row))}
    withheld = [call_id for call_id, call in calls.items() if call.number is None]
    claim.save(*(_with_target(claim.rows[call_id], Target(known=True)) for call_id in withheld))
    numbers = list(dict.fromkeys(call.number for call in calls.values() if call.number))
    if not numbers:
        return
    with suppress(TooHeavy):
        for found in _answers(waiting, client, claim, numbers):
            _keep(
                waiting,
                client,
                claim,
                [(call, found[number]) for call in calls.values() if (number := call.number or "") in found],
            )


def _answers(waiting: Waiting, client: Client, claim: Claim, numbers: Sequence[str]) -> Iterator[Mapping[str, Found]]:
    """First what the search index finds, then what the queries say of the others.

    Where the search breaks off, those that it was through with are queried all the same: on a bad day little would get done.
    """
    desk = waiting.desk
    region, unticked = desk.context.site.region, preferences_from(desk.stored).unticked
    asking = BulkLookUp(client, known_schema(desk.connection), region, unticked)
    left: list[Wanted] = []
    interrupted: RetryLater | None = None
    try:
        for batch in _portions([wanted(number, region) for number in numbers], asking.how_many_search):
            found = _asked(claim, asking, asking.search, batch)
            left += [one for one in batch if one.number not in found]
            yield found
    except RetryLater as problem:
        interrupted = problem
    for batch in _portions(left, asking.how_many_query):
        yield _asked(claim, asking, asking.query, batch)
    if interrupted is not None:
        raise interrupted


def _asked(claim: Claim, asking: BulkLookUp, ask: Callable[[Batch], Mapping[str, Match]], batch: Batch) -> dict[str, Found]:
    claim.require_time()
    matches, contacts = ask(batch), asking.person_contacts
    return {number: Found(match=one, person_contact=contacts.get(number, "")) for number, one in matches.items()}


def _portions(left: Sequence[Wanted], how_many: Callable[[Sequence[Wanted]], int]) -> Iterator[Batch]:
    while left:
        count = how_many(left)
        yield tuple(left[:count])
        left = left[count:]


def _keep(waiting: Waiting, client: Client, claim: Claim, found: Sequence[tuple[Call, Found]]) -> None:
    """The names and the matches first: if this is interrupted, it is done again."""
    desk = waiting.desk
    fetched = fetch_in_effect(preferences_from(desk.stored).fetch, desk.connection.method)
    registers = fetched is FetchSetting.AFTER_EACH_CALL
    targets: list[Standing] = []
    for call, answer in found:
        ends = registers and call.id in waiting.ends and call.ended_at is not None
        if ends and answer.match.record is not None:
            desk.context.contact_book.register(entry_of(desk.context, call.number or "", answer.match))
        desk.context.calls.keep_match(call.id, answer.match)
        client.budget.looked_up()
        targets.append(_with_target(claim.rows[call.id], replace(target_from(answer), at_end=ends)))
    claim.save(*targets)


def _with_target(standing: Standing, target: Target) -> Standing:
    return replace(standing, target=replace(target, fact=standing.target.fact))
