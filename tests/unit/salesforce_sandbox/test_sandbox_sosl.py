"""SOSL: tokens, operators, limits and both readings of a stored phone number."""

from __future__ import annotations

from typing import Any

import pytest

from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.org import Org
from salesforce_sandbox.records.write import create_record, delete_record, update_record
from salesforce_sandbox.seed.crowd import add_crowd, stored_phone_of
from salesforce_sandbox.sosl.parse import parse_search
from salesforce_sandbox.sosl.run import run_search
from salesforce_sandbox.users import LoginUser


def user_of(org: Org) -> LoginUser:
    return next(iter(org.users))


def find(org: Org, text: str) -> list[dict[str, Any]]:
    return run_search(org, org.view(user_of(org)), parse_search(text), "51.0")


def names(org: Org, what: str, group: str = "PHONE", returning: str = "Contact(Name)") -> list[str]:
    return sorted(r["Name"] for r in find(org, f"FIND {{{what}}} IN {group} FIELDS RETURNING {returning}"))


@pytest.mark.parametrize(
    ("mode", "what", "found"),
    [
        ("digits", "09012345678", ["山田 太郎", "山田 花子"]),
        ("digits", "819087654325", ["田中 美咲"]),
        ("digits", "09087654325", []),
        ("digits", "1234", []),
        ("digits", '"090 1234 5678"', []),
        ("digits", "0901234*", ["山田 太郎", "山田 花子"]),
        ("digits", "0312345601", ["加藤 翔", "加藤 翔子"]),
        ("tokens", "09012345678", ["山田 花子"]),
        ("tokens", '"090 1234 5678"', ["山田 太郎"]),
        ("tokens", '"090-1234-5678"', ["山田 太郎"]),
        ("tokens", r"090\-1234\-5678", ["山田 太郎"]),
        ("tokens", '"1234 090"', []),
        ("tokens", '09012345678 OR "090 1234 5678"', ["山田 太郎", "山田 花子"]),
        ("tokens", '"81 90 8765 4325"', ["田中 美咲"]),
        ("tokens", '"03 1234 5601"', ["加藤 翔", "加藤 翔子"]),
        ("tokens", "5601 AND NOT 4325", ["加藤 翔", "加藤 翔子"]),
    ],
)
def test_both_readings_of_stored_numbers(org: Org, mode: str, what: str, found: list[str]) -> None:
    org.change_settings({"search_mode": mode})
    assert names(org, what) == sorted(found)


def test_phone_fields_are_all_phone_fields_custom_ones_and_fax_too(org: Org) -> None:
    assert names(org, "0377778888") == ["中村 大輔"]
    assert names(org, "0112003001", returning="Account(Name)") == ["北斗運輸株式会社"]


def test_a_hidden_field_is_not_searched(org: Org) -> None:
    user_of(org).fields = {"Contact.Direct_Line__c": {"read": False}}
    assert names(org, "0377778888") == []


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("kate", ["O'Neil Kate"]),
        (r"o\'neil", ["O'Neil Kate"]),
        ("ka?e", ["O'Neil Kate"]),
        ("ka*", ["O'Neil Kate"]),
        ("山田", ["山田 太郎", "山田 花子"]),
        ("山田 AND 太郎", ["山田 太郎"]),
        ("山田 太郎", ["山田 太郎"]),
        ("山田 AND NOT 太郎", ["山田 花子"]),
        ("(山田 AND 花子) OR kate", ["O'Neil Kate", "山田 花子"]),
        ("k+ate", []),
    ],
)
def test_names_and_operators(org: Org, what: str, found: list[str]) -> None:
    assert names(org, what, "NAME") == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kate", "No search term found. The search term must be enclosed in braces."),
        ("FIND {} RETURNING Contact", "No search term found. The search term must be enclosed in braces."),
        ("FIND {x", "No search term found. The search term must be enclosed in braces."),
        ("FIND {a} RETURNING Contact", "search term must be longer than one character"),
        ("FIND {a*} RETURNING Contact", "search term must be longer than one character"),
        ("FIND {*ab} RETURNING Contact", "cannot begin with a wildcard"),
        ("FIND {ab AND} RETURNING Contact", "unexpected token: '}'"),
        ("FIND {(ab} RETURNING Contact", "unexpected token: '}'"),
        ('FIND {"ab} RETURNING Contact', "No search term found"),
        ("FIND {ab} IN ALL TYPE RETURNING Contact", "Malformed search token: TYPE"),
        ("FIND {ab} RETURNING Contact()", "ERROR at Row:1:Column:29\nunexpected token: '<EOF>'"),
        ("FIND {ab} RETURNING Contact(Id WHERE Name), Lead(Id)", "unexpected token: '<EOF>'"),
        ("FIND {ab} RETURNING Contact(Id FROM Lead)", "ERROR at Row:1:Column:32\nunexpected token: 'FROM'"),
        ("FIND {ab} RETURNING Contact(COUNT())", "Only fields can be returned by a search"),
        ("FIND {ab} RETURNING Contact WITH HIGHLIGHT", "unexpected token: 'WITH'"),
        ("FIND {OR ab} RETURNING Contact", "unexpected token: 'OR'"),
        ("FIND {ab} RETURNING Contact LIMIT x", "unexpected token: 'LIMIT'"),
    ],
)
def test_malformed_searches(org: Org, text: str, message: str) -> None:
    with pytest.raises(SalesforceError) as caught:
        find(org, text)
    assert caught.value.code == "MALFORMED_SEARCH"
    assert message in caught.value.message


def test_the_recorded_hyphen_message_is_given_to_the_letter(org: Org) -> None:
    with pytest.raises(SalesforceError) as caught:
        find(org, "FIND {Marie-Pier Martin}")
    assert caught.value.message == (
        "\nFIND {Marie-Pier Martin}\n          ^\nERROR at Row:1:Column:11\nline 1:11 mismatched character '-' expecting '}'"
    )


def test_an_unknown_object_is_refused(org: Org) -> None:
    with pytest.raises(SalesforceError, match="sObject type 'Nope' is not supported"):
        find(org, "FIND {kate} RETURNING Nope(Id)")


def test_a_long_text_loses_its_operators_and_a_longer_one_finds_nothing(org: Org) -> None:
    with_operators = "kate AND 山田" + " " * 4000
    assert names(org, with_operators, "NAME") == ["O'Neil Kate", "山田 太郎", "山田 花子"]
    assert names(org, "kate" + " " * 10_000, "NAME") == []


def many_contacts(org: Org, count: int) -> None:
    system = org.view(None)
    with org.database.transaction():
        for _ in range(count):
            create_record(org, system, org.catalog["Contact"], {"LastName": "limit", "Phone": "0399990000"})


@pytest.mark.parametrize(
    ("returning", "rows"),
    [
        ("Contact(Id)", 250),
        ("Contact(Id ORDER BY Id)", 300),
        ("Contact(Id WHERE LastName = 'limit')", 300),
        ("Contact(Id LIMIT 7)", 7),
        ("Contact(Id ORDER BY Id), Account(Id)", 250),
    ],
)
def test_row_limits_by_number_of_objects(org: Org, returning: str, rows: int) -> None:
    many_contacts(org, 300)
    assert len(find(org, f"FIND {{0399990000}} IN PHONE FIELDS RETURNING {returning}")) == rows


def test_an_overall_limit_is_spread_over_the_objects(org: Org) -> None:
    text = "FIND {09012345678 OR 819012345678} IN PHONE FIELDS RETURNING Contact(Id), Account(Id), Lead(Id) LIMIT 3"
    assert [r["attributes"]["type"] for r in find(org, text)] == ["Contact", "Account", "Lead"]


def test_a_record_is_found_when_the_index_lag_is_over(org: Org) -> None:
    org.change_settings({"index_lag": 60})
    create_record(org, org.view(None), org.catalog["Contact"], {"LastName": "new", "Phone": "0388887777"})
    assert names(org, "0388887777") == []
    org.clock.offset += type(org.clock.offset)(seconds=61)
    assert names(org, "0388887777") == ["new"]


def test_a_changed_number_is_no_longer_found(org: Org) -> None:
    system = org.view(None)
    made = create_record(org, system, org.catalog["Contact"], {"LastName": "old", "Phone": "0388887777"})
    update_record(org, system, org.catalog["Contact"], made, {"Phone": "0388886666"})
    assert (names(org, "0388887777"), names(org, "0388886666")) == ([], ["old"])
    delete_record(org, system, org.catalog["Contact"], made)
    assert names(org, "0388886666") == []


def test_a_record_written_during_the_lag_is_found_as_it_was_last_indexed(org: Org) -> None:
    system = org.view(None)
    made = create_record(org, system, org.catalog["Contact"], {"LastName": "old", "Phone": "0388887777"})
    org.change_settings({"index_lag": 60})
    update_record(org, system, org.catalog["Contact"], made, {"Phone": "0388886666"})
    assert (names(org, "0388887777"), names(org, "0388886666")) == (["old"], [])
    org.clock.offset += type(org.clock.offset)(seconds=61)
    assert (names(org, "0388887777"), names(org, "0388886666")) == ([], ["old"])


@pytest.mark.parametrize("mode", ["digits", "tokens"])
def test_a_search_reads_the_index_and_never_scans_it(org: Org, mode: str) -> None:
    org.change_settings({"search_mode": mode})
    statements: list[str] = []
    org.database._connection.set_trace_callback(statements.append)
    names(org, '09012345678 OR "090 1234 5678" OR 0901234*')
    org.database._connection.set_trace_callback(None)
    searches = [s for s in statements if "search_entry" in s]
    plans = [row[3] for s in searches for row in org.database.rows(f"EXPLAIN QUERY PLAN {s}")]
    assert plans
    assert not [step for step in plans if step.startswith("SCAN") and "search_" in step]


def test_a_crowd_is_searchable_under_every_form_its_numbers_are_stored_in(org: Org) -> None:
    add_crowd(org, 50)
    for number in range(50):
        stored = stored_phone_of(number)
        digits = "".join(c for c in stored if c.isdigit())
        phrase = " ".join("".join(c if c.isdigit() else " " for c in stored).split())
        for mode, term in (("digits", digits), ("tokens", f'"{phrase}"')):
            org.settings.search_mode = mode
            assert stored in {r["MobilePhone"] for r in find(org, f"FIND {{{term}}} RETURNING Contact(MobilePhone)")}
    with pytest.raises(ValueError, match="A crowd has"):
        add_crowd(org, 0)
