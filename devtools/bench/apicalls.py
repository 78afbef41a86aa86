"""How many Salesforce API calls one call costs, as the org counts them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text

from devtools.bench.connected import Connected, connected
from devtools.bench.figure import Figure, counted
from devtools.bench.scratch import Scratch

DOCUMENTED = 3  # what the product this one stands beside says: up to 3 for each call
FORMS = {
    "09012345678": "{0}{1}{2}",
    "090-1234-5678": "{0}-{1}-{2}",
    "(090) 1234-5678": "({0}) {1}-{2}",
    "090 1234 5678": "{0} {1} {2}",
    "+81 90-1234-5678": "+81 90-{1}-{2}",
    "+819012345678": "+8190{1}{2}",
    "０９０－１２３４－５６７８": "{0}－{1}－{2}",
}
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
EACH = 20
INDEXES = ("digits", "tokens")  # nobody has proved which way Salesforce's index reads stored punctuation


def measure(scratch: Scratch, size: float) -> Iterator[Figure]:
    """API calls per call for numbers in the org, by the form they are stored in, and for numbers that are not."""
    each = max(1, int(EACH * size))
    with connected(scratch, "sqlite") as running:
        group = 0
        for index in INDEXES:
            running.org_call("settings", {"search_mode": index})
            for shown, form in FORMS.items():
                group += 1
                per_call = _per_call(running, _stored(running, group, form, each))
                yield _figure(f"index of {index}: stored as {shown}", per_call, at_most=1)
            group += 1
            strangers = [f"090{group:04}{number:04}" for number in range(each)]
            per_call = _per_call(running, strangers)
            yield _figure(f"index of {index}: not in the org", per_call, at_most=2)
        yield _figure("the dearest call", _dearest(running), at_most=3)


def _figure(name: str, value: float, at_most: float) -> Figure:
    return counted(f"apicalls, {name}", value, "API calls", baseline=DOCUMENTED, at_most=at_most)


def _stored(running: Connected, group: int, form: str, each: int) -> list[str]:
    """Put Contacts with such numbers into the org; gives back the numbers as a carrier sends them."""
    parts = [("090", f"{group:04}", f"{number:04}") for number in range(each)]
    wide = "－" in form
    phones = [form.format(*part).translate(FULL_WIDTH) if wide else form.format(*part) for part in parts]
    records = [{"object": "Contact", "fields": {"LastName": "Bench", "MobilePhone": phone}} for phone in phones]
    running.org_call("records", {"records": records})
    return ["".join(part) for part in parts]


def _per_call(running: Connected, numbers: list[str]) -> float:
    before, settled = running.api_calls(), running.settled()
    running.send(numbers)
    running.wait_for(settled + len(numbers))
    return (running.api_calls() - before) / len(numbers)


def _dearest(running: Connected) -> int:
    with running.database.reading() as connection:
        return int(connection.execute(text("SELECT max(api_calls) FROM deliveries")).scalar_one())
