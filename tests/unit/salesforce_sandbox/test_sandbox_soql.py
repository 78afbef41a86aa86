"""SOQL: what it finds and what it refuses, by tables."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.org import Org
from salesforce_sandbox.records.write import create_record
from salesforce_sandbox.soql.dates import literal_range
from salesforce_sandbox.soql.parse import parse_query
from salesforce_sandbox.soql.run import context_of, continue_query, run_query
from salesforce_sandbox.soql.select import Compiler, readable_object
from salesforce_sandbox.users import LoginUser


def user_of(org: Org) -> LoginUser:
    return next(iter(org.users))


def ask(org: Org, text: str, resource: str = "query") -> dict[str, Any]:
    return run_query(org, org.view(user_of(org)), text, "51.0", resource)


def names(org: Org, where: str, sobject: str = "Contact") -> list[str]:
    return [r["Name"] for r in ask(org, f"SELECT Name FROM {sobject} WHERE {where}")["records"]]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("MobilePhone = '090-1234-5678'", ["山田 太郎"]),
        ("MobilePhone = '09012345678'", ["山田 花子"]),
        ("MobilePhone IN ('090-1234-5678', '09012345678')", ["山田 太郎", "山田 花子"]),
        ("MobilePhone LIKE '%1234%' AND LastName = '山田'", ["山田 太郎", "山田 花子"]),
        ("MobilePhone LIKE '+81 __-8765-4325'", ["田中 美咲"]),
        ("LastName = 'o\\'neil'", ["O'Neil Kate"]),
        ("LastName LIKE 'O''Neil'", None),
        ("Email = 'T.YAMADA@AOZORA.EXAMPLE'", ["山田 太郎"]),
        ("Account.Name = '株式会社青空商事' AND Title = null", ["山田 花子"]),
        ("LastName = '山田' AND Title != '購買部長'", ["山田 花子"]),
        ("LastName = '山田' AND Title NOT IN ('購買部長')", ["山田 花子"]),
        ("LastName = '山田' AND (NOT Title LIKE '購買%')", ["山田 花子"]),
        ("LastName = '山田' AND Title IN ('x', null)", ["山田 花子"]),
        ("LastName = '山田' AND (FirstName = '太郎' OR FirstName = '次郎')", ["山田 太郎"]),
        ("IsPersonAccount = true", ["小林 さくら"]),
        ("LastModifiedDate > 2026-08-20T00:00:00Z", ["山田 太郎"]),
        ("LastModifiedDate >= 2026-08-20T09:00:00+09:00", ["山田 太郎", "田中 美咲"]),
        ("Contact.LastName = '中村'", ["中村 大輔"]),
    ],
)
def test_where_finds(org: Org, where: str, found: list[str] | None) -> None:
    if found is None:
        with pytest.raises(SalesforceError, match="MALFORMED_QUERY"):
            names(org, where)
    else:
        assert sorted(names(org, where)) == sorted(found)


@pytest.mark.parametrize("length", [15, 18])
def test_ids_are_found_in_both_lengths_and_with_their_case(org: Org, length: int) -> None:
    record_id = ask(org, "SELECT Id FROM Contact LIMIT 1")["records"][0]["Id"]
    assert ask(org, f"SELECT Id FROM Contact WHERE Id = '{record_id[:length]}'")["totalSize"] == 1


def test_a_literal_underscore_is_not_a_wildcard(org: Org) -> None:
    for name in ("a_b", "axb"):
        create_record(org, org.view(None), org.catalog["Account"], {"Name": name})
    assert names(org, r"Name LIKE 'a\_b'", "Account") == ["a_b"]
    assert names(org, r"Name = 'a\_b'", "Account") == ["a_b"]


def test_order_puts_nulls_first_unless_told_otherwise(org: Org) -> None:
    query = "SELECT Title FROM Contact WHERE LastName IN ('山田', '田中') ORDER BY Title {}"
    shown = [[r["Title"] for r in ask(org, query.format(how))["records"]] for how in ("", "DESC", "DESC NULLS LAST")]
    assert shown[0][0] is None
    assert shown[1][0] is None
    assert shown[2][-1] is None


def test_count_and_window(org: Org) -> None:
    total = ask(org, "SELECT COUNT() FROM Contact")
    assert total == {"totalSize": 8, "done": True, "records": []}
    assert ask(org, "SELECT Id FROM Contact LIMIT 3 OFFSET 7")["totalSize"] == 1
    assert ask(org, "SELECT Id FROM Contact LIMIT 0")["records"] == []


def test_parents_are_nested_and_null_where_there_is_none(org: Org) -> None:
    text = "SELECT LastName, Account.Name, Account.Owner.Name FROM Contact WHERE LastName IN ('田中', '中村')"
    rows = {r["LastName"]: r for r in ask(org, text)["records"]}
    assert rows["中村"]["Account"] is None
    account = rows["田中"]["Account"]
    assert account["attributes"]["type"] == "Account"
    assert account["attributes"]["url"].startswith("/services/data/v51.0/sobjects/Account/001")
    assert (account["Name"], account["Owner"]["Name"]) == ("みどり電機株式会社", "連携 ユーザ")


def test_who_may_be_a_contact_or_a_lead(org: Org) -> None:
    contact = ask(org, "SELECT Id FROM Contact WHERE LastName = '田中'")["records"][0]["Id"]
    lead = ask(org, "SELECT Id FROM Lead WHERE LastName = '伊藤' AND IsConverted = false")["records"][0]["Id"]
    for who in (contact, lead):
        create_record(org, org.view(user_of(org)), org.catalog["Task"], {"WhoId": who})
    rows = ask(org, "SELECT Who.Name, Who.Type FROM Task ORDER BY Who.Type")["records"]
    assert [(r["Who"]["Type"], r["Who"]["Name"]) for r in rows] == [("Contact", "田中 美咲"), ("Lead", "伊藤 健")]


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("", "MALFORMED_QUERY", "SOQL statements cannot be empty or null"),
        ("SELECT", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT FROM Contact", "MALFORMED_QUERY", "unexpected token: 'FROM'"),
        ("SELECT Id, FROM Contact", "MALFORMED_QUERY", "unexpected token: 'FROM'"),
        ("SELECT Id FROM Where", "MALFORMED_QUERY", "unexpected token: 'Where'"),
        ("SELECT * FROM Contact", "MALFORMED_QUERY", "no viable alternative at character '*'"),
        ("SELECT Id FROM Contact WHERE LastName IN ()", "MALFORMED_QUERY", "unexpected token: ')'"),
        ("SELECT Id FROM Contact LIMIT -1", "MALFORMED_QUERY", "unexpected token: '-1'"),
        ("SELECT Id FROM Contact WHERE Name = :name", "MALFORMED_QUERY", "unexpected token: ':'"),
        ("SELECT Id FROM Contact; SELECT Id FROM Lead", "MALFORMED_QUERY", "no viable alternative at character ';'"),
        ("SELECT Id Contact", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT Id FROM Contact WHERE LastName='a' AND FirstName='b' OR Title='c'", "MALFORMED_QUERY", "token: 'OR'"),
        ("SELECT Id FROM Contact WHERE LastName='a' OR FirstName='b' AND Title='c'", "MALFORMED_QUERY", "token: 'AND'"),
        ("SELECT Id FROM Contact WHERE LastName = foo", "MALFORMED_QUERY", "unexpected token: 'foo'"),
        ('SELECT Id FROM Contact WHERE LastName = "x"', "MALFORMED_QUERY", "no viable alternative"),
        ("SELECT Id FROM Contact WHERE LastName = 'a\\q'", "MALFORMED_QUERY", "Illegal character sequence '\\q'"),
        ("SELECT Id FROM Contact LIMIT5 5", "MALFORMED_QUERY", "unexpected token: '5'"),
        ("SELECT Id FROM Nope", "INVALID_TYPE", "sObject type 'Nope' is not supported."),
        ("SELECT Nope FROM Contact", "INVALID_FIELD", "No such column 'Nope' on entity 'Contact'."),
        ("SELECT Account.Nope FROM Contact", "INVALID_FIELD", "No such column 'Nope' on entity 'Account'."),
        ("SELECT Nope.Name FROM Contact", "INVALID_FIELD", "Didn't understand relationship 'Nope' in field path."),
        ("SELECT Id, Id FROM Contact", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT Id FROM Contact WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered in a query call"),
        ("SELECT Id FROM Contact WHERE LastName = 5", "INVALID_FIELD", "must be of type string and should be enclosed"),
        ("SELECT Id FROM Contact WHERE IsDeleted = 'x'", "INVALID_FIELD", "must be of type boolean and should not be"),
        ("SELECT Id FROM Contact WHERE Id = '12'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: 12"),
        ("SELECT Id FROM Contact WHERE Id LIKE '003%'", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on id field"),
        ("SELECT Id FROM Contact OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
        ("SELECT Id FROM Contact WHERE CreatedDate = 2026-13-01T00:00:00Z", "MALFORMED_QUERY", "unexpected token"),
        ("SELECT Id FROM Contact WHERE CreatedDate > LAST_N_DAYS:99999999", "MALFORMED_QUERY", "LAST_N_DAYS"),
    ],
)
def test_refusals_carry_salesforces_code(org: Org, text: str, code: str, message: str) -> None:
    with pytest.raises(SalesforceError) as caught:
        ask(org, text)
    assert caught.value.code == code
    assert message in caught.value.message
    assert caught.value.status == 400


def test_the_recorded_unknown_type_message_is_given_to_the_letter(org: Org) -> None:
    with pytest.raises(SalesforceError) as caught:
        ask(org, "select count() from XYZZY")
    assert caught.value.message == (
        "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\nsObject type 'XYZZY' is not "
        "supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. "
        "Please reference your WSDL or the describe call for the appropriate names."
    )


def test_a_statement_of_100_000_characters_is_answered_and_one_more_is_not(org: Org) -> None:
    head, tail = "SELECT Id FROM Contact WHERE Phone IN ('x'", ")"
    middle = ",'y'" * ((100_000 - len(head) - len(tail)) // 4)
    text = (head + middle + tail).ljust(100_000)
    assert ask(org, text)["totalSize"] == 0
    with pytest.raises(SalesforceError, match="MALFORMED_QUERY"):
        ask(org, text + " ")


def test_thousands_of_alternatives_are_answered(org: Org) -> None:
    many = " OR ".join(["LastName = '山田'"] * 3000)
    assert ask(org, f"SELECT COUNT() FROM Contact WHERE {many}")["totalSize"] == 2


def test_deep_nesting_is_too_complicated(org: Org) -> None:
    with pytest.raises(SalesforceError, match="QUERY_TOO_COMPLICATED"):
        ask(org, "SELECT Id FROM Contact WHERE " + "NOT " * 5000 + "LastName = 'x'")


def test_a_string_of_4_000_characters_is_the_longest(org: Org) -> None:
    assert names(org, f"LastName = '{'x' * 4000}'") == []
    with pytest.raises(SalesforceError, match="MALFORMED_QUERY"):
        names(org, f"LastName = '{'x' * 4001}'")


def test_pages_of_2000_and_their_locators(org: Org) -> None:
    with org.database.transaction():
        for number in range(2001):
            org.database.execute('INSERT INTO "Lead" (Id, LastName) VALUES (?, ?)', (f"00Q{number:012}AAA", "p"))
    first = ask(org, "SELECT Id, LastName FROM Lead WHERE LastName = 'p' ORDER BY Id")
    assert (first["totalSize"], first["done"], len(first["records"])) == (2001, False, 2000)
    locator = first["nextRecordsUrl"].removeprefix("/services/data/v51.0/query/")
    rest = continue_query(org, org.view(user_of(org)), locator, "51.0")
    assert (rest["totalSize"], rest["done"], len(rest["records"])) == (2001, True, 1)
    with pytest.raises(SalesforceError, match="INVALID_QUERY_LOCATOR"):
        continue_query(org, org.view(user_of(org)), "01gTS0000000099AAA-2000", "51.0")


def test_query_all_also_shows_deleted_records(org: Org) -> None:
    org.database.execute("UPDATE \"Contact\" SET IsDeleted = 1 WHERE LastName = '中村'")
    assert ask(org, "SELECT Id FROM Contact WHERE LastName = '中村'")["totalSize"] == 0
    gone = ask(org, "SELECT IsDeleted FROM Contact WHERE LastName = '中村'", "queryAll")
    assert gone["records"][0]["IsDeleted"] is True


def test_a_hidden_field_does_not_exist_for_the_user(org: Org) -> None:
    user_of(org).fields = {"Contact.MobilePhone": {"read": False}}
    with pytest.raises(SalesforceError, match="No such column 'MobilePhone' on entity 'Contact'"):
        ask(org, "SELECT Id FROM Contact WHERE MobilePhone = '1'")


def test_an_object_that_may_not_be_read_is_not_supported(org: Org) -> None:
    user_of(org).objects = {"Account": {"read": False}}
    with pytest.raises(SalesforceError, match="sObject type 'Account' is not supported"):
        ask(org, "SELECT Id FROM Account")
    with pytest.raises(SalesforceError, match="Didn't understand relationship 'Account'"):
        ask(org, "SELECT Account.Name FROM Contact")


def test_without_person_accounts_their_fields_do_not_exist(org: Org) -> None:
    org.change_settings({"person_accounts": False})
    with pytest.raises(SalesforceError, match="No such column 'IsPersonAccount'"):
        ask(org, "SELECT IsPersonAccount FROM Account")


def test_records_that_are_not_shared_are_not_found(org: Org) -> None:
    record_id = ask(org, "SELECT Id FROM Contact WHERE LastName = '田中'")["records"][0]["Id"]
    user_of(org).hidden_records = [record_id]
    assert ask(org, "SELECT Id FROM Contact WHERE LastName = '田中'")["totalSize"] == 0


TODAY = date(2026, 11, 22)  # a Sunday


@pytest.mark.parametrize(
    ("name", "amount", "first", "after"),
    [
        ("TODAY", None, "2026-11-22", "2026-11-23"),
        ("yesterday", None, "2026-11-21", "2026-11-22"),
        ("THIS_WEEK", None, "2026-11-22", "2026-11-29"),
        ("LAST_WEEK", None, "2026-11-15", "2026-11-22"),
        ("LAST_MONTH", None, "2026-10-01", "2026-11-01"),
        ("NEXT_MONTH", None, "2026-12-01", "2027-01-01"),
        ("THIS_QUARTER", None, "2026-10-01", "2027-01-01"),
        ("LAST_YEAR", None, "2025-01-01", "2026-01-01"),
        ("LAST_90_DAYS", None, "2026-08-24", "2026-11-23"),
        ("LAST_N_DAYS", "3", "2026-11-19", "2026-11-23"),
        ("NEXT_N_DAYS", "3", "2026-11-23", "2026-11-26"),
        ("LAST_N_MONTHS", "2", "2026-09-01", "2026-11-01"),
        ("N_DAYS_AGO", "2", "2026-11-20", "2026-11-21"),
    ],
)
def test_date_literals(name: str, amount: str | None, first: str, after: str) -> None:
    assert literal_range(name, amount, TODAY) == (date.fromisoformat(first), date.fromisoformat(after))


def test_unknown_date_literals_are_none() -> None:
    assert literal_range("SOMEDAY", None, TODAY) is None
    assert literal_range("TODAY", "3", TODAY) is None


def test_equality_on_phones_uses_their_indexes(org: Org) -> None:
    query = parse_query(
        "SELECT Id FROM Contact WHERE Phone IN ('1', '2') OR MobilePhone = '1' ORDER BY LastModifiedDate DESC LIMIT 9"
    )
    view = org.view(user_of(org))
    statement = Compiler(context_of(org, view, "51.0"), readable_object(view, query), query).compile()
    plan = org.database.rows("EXPLAIN QUERY PLAN " + statement.rows_sql(9, 0), statement.parameters)
    steps = " ".join(row[3] for row in plan)
    assert "Contact_Phone (Phone=?)" in steps
    assert "Contact_MobilePhone (MobilePhone=?)" in steps
    assert "SCAN" not in steps
