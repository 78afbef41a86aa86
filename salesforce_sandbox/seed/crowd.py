"""Very many Contacts with phone numbers at once, to try out speed: written past the rules, in seconds a 100,000."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from salesforce_sandbox import ids
from salesforce_sandbox.org import Org
from salesforce_sandbox.sosl.index import index_new_records

MOST = 5_000_000
_AT_ONCE = 100_000
_FORMS = ("{0}-{1}-{2}", "{0}{1}{2}", "({0}) {1}-{2}", "{0} {1} {2}", "+81 90-{1}-{2}")
_FAMILY = ("佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤", "吉田", "山田")
_GIVEN = ("翔太", "陽菜", "蓮", "結衣", "大輝", "葵", "健", "美咲", "直樹", "彩", "拓也", "恵")
_COLUMNS = (
    "Id", "LastName", "FirstName", "Name", "MobilePhone", "Email", "OwnerId", "CreatedById", "LastModifiedById",
    "CreatedDate", "LastModifiedDate", "SystemModstamp",
)  # fmt: skip


def phone_of(number: int) -> str:
    """Return the number of the n-th Contact of a crowd in digits: 090 and eight digits, spread over the whole range."""
    return f"090{number * 7_368_787 % 100_000_000:08}"


def stored_phone_of(number: int) -> str:
    """Return it as it is stored: with hyphens, plain, with parentheses, with spaces, international, in turn."""
    digits = phone_of(number)
    return _FORMS[number % len(_FORMS)].format(digits[:3], digits[3:7], digits[7:])


def add_crowd(org: Org, count: int) -> None:
    """Add ``count`` Contacts without an Account. Raises ValueError for a count that makes no sense."""
    if not 1 <= count <= MOST:
        raise ValueError(f"A crowd has 1 to {MOST} contacts")
    first = org.database.next_number("003")
    owner, now = org.default_user_id, org.clock.stamp()
    audit = (owner, owner, owner, now, now, now)
    named = "{0} {1}" if org.last_name_first else "{1} {0}"
    rows = ((*_person(first, number, named), *audit) for number in range(count))
    with org.database.transaction():
        sql = "UPDATE sequence SET next = ? WHERE prefix = '003'"
        org.database.execute(sql, (first + count,))
        while part := list(islice(rows, _AT_ONCE)):
            _write(org, part)


def _person(first: int, number: int, named: str) -> tuple[str, ...]:
    last, given = _FAMILY[number % len(_FAMILY)], _GIVEN[number // len(_FAMILY) % len(_GIVEN)]
    record_id, name = ids.make_id("003", first + number), named.format(last, given)
    return record_id, last, given, name, stored_phone_of(number), f"contact{number}@crowd.example"


def _write(org: Org, rows: list[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(_COLUMNS))
    columns = ", ".join(f'"{name}"' for name in _COLUMNS)
    org.database.execute_many(f'INSERT INTO "Contact" ({columns}) VALUES ({marks})', rows)  # noqa: S608 - fixed names
    index_new_records(org, org.catalog["Contact"], _indexed(rows))


def _indexed(rows: list[tuple[Any, ...]]) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((row[0], dict(zip(_COLUMNS, row, strict=True))) for row in rows)
