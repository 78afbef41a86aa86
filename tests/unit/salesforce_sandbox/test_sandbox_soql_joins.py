"""SOQL beyond one row at a time: child subqueries, semi-joins, aggregates, field sets, scopes."""

from __future__ import annotations

from typing import Any

import pytest

from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.org import Org
from salesforce_sandbox.records.write import create_record
from salesforce_sandbox.soql.run import continue_query, run_query
from salesforce_sandbox.users import LoginUser


def user_of(org: Org) -> LoginUser:
    user: LoginUser = next(iter(org.users))
    return user


def ask(org: Org, text: str, resource: str = "query") -> dict[str, Any]:
    return run_query(org, org.view(user_of(org)), text, "51.0", resource)


def rows(org: Org, text: str) -> list[dict[str, Any]]:
    return [{k: v for k, v in r.items() if k != "attributes"} for r in ask(org, text)["records"]]


def test_child_subqueries_are_results_of_their_own_and_null_where_empty(org: Org) -> None:
    text = (
        "SELECT Name, (SELECT FirstName, Account.Name FROM Contacts WHERE LastName = '山田' ORDER BY FirstName DESC) "
        "FROM Account WHERE Name IN ('株式会社青空商事', '旧青空商店')"
    )
    found = {r["Name"]: r["Contacts"] for r in ask(org, text)["records"]}
    assert found["旧青空商店"] is None
    children = found["株式会社青空商事"]
    assert (children["totalSize"], children["done"]) == (2, True)
    assert [c["FirstName"] for c in children["records"]] == ["花子", "太郎"]
    assert children["records"][0]["attributes"]["type"] == "Contact"
    assert children["records"][0]["Account"]["Name"] == "株式会社青空商事"


def test_a_child_subquery_has_its_own_limit_and_alias(org: Org) -> None:
    text = "SELECT (SELECT c.FirstName FROM Contacts c LIMIT 1) FROM Account a WHERE a.Name = '株式会社青空商事'"
    assert ask(org, text)["records"][0]["Contacts"]["totalSize"] == 1


def test_a_child_subquery_leaves_deleted_and_hidden_children_out(org: Org) -> None:
    org.database.execute("UPDATE \"Contact\" SET IsDeleted = 1 WHERE FirstName = '太郎'")
    user_of(org).hidden_records = [r["Id"] for r in rows(org, "SELECT Id FROM Contact WHERE FirstName = '花子'")]
    text = "SELECT (SELECT Id FROM Contacts WHERE LastName = '山田') FROM Account WHERE Name = '株式会社青空商事'"
    assert rows(org, text) == [{"Contacts": None}]


def test_tasks_hang_on_contacts_and_leads_and_accounts(org: Org) -> None:
    contact = rows(org, "SELECT Id, AccountId FROM Contact WHERE FirstName = '太郎'")[0]
    task = {"Subject": "s", "WhoId": contact["Id"], "WhatId": contact["AccountId"]}
    create_record(org, org.view(user_of(org)), org.catalog["Task"], task)
    for name, key in (("Contact", contact["Id"]), ("Account", contact["AccountId"])):
        found = ask(org, f"SELECT (SELECT Subject FROM Tasks) FROM {name} WHERE Id = '{key}'")["records"][0]["Tasks"]
        assert [t["Subject"] for t in found["records"]] == ["s"]


def test_more_than_a_page_of_children_has_a_locator(org: Org) -> None:
    account = rows(org, "SELECT Id FROM Account LIMIT 1")[0]["Id"]
    with org.database.transaction():
        org.database.execute_many(
            'INSERT INTO "Contact" (Id, LastName, AccountId) VALUES (?, ?, ?)',
            ((f"003{n:012}AAA", "child", account) for n in range(2001)),
        )
    text = f"SELECT Id, (SELECT Id FROM Contacts WHERE LastName = 'child') FROM Account WHERE Id = '{account}'"
    children = ask(org, text)["records"][0]["Contacts"]
    assert (children["totalSize"], children["done"], len(children["records"])) == (2001, False, 2000)
    locator = children["nextRecordsUrl"].rpartition("/")[2]
    assert len(continue_query(org, org.view(user_of(org)), locator, "51.0")["records"]) == 1


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("Id IN (SELECT AccountId FROM Contact WHERE LastName = '山田')", {"株式会社青空商事"}),
        ("Name LIKE '%青空%' AND Id NOT IN (SELECT AccountId FROM Contact)", {"旧青空商店"}),
        ("Id IN (SELECT AccountId FROM Contact WHERE LastName = '山田') AND Id IN (SELECT Id FROM Account)",
         {"株式会社青空商事"}),

    ],
)  # fmt: skip
def test_semi_and_anti_joins(org: Org, where: str, found: set[str]) -> None:
    assert {r["Name"] for r in rows(org, f"SELECT Name FROM Account WHERE {where}")} == found


def test_a_reference_is_joined_with_the_same_object(org: Org) -> None:
    text = "SELECT FirstName FROM Contact WHERE AccountId IN (SELECT Id FROM Account WHERE Name = '株式会社青空商事')"
    assert {r["FirstName"] for r in rows(org, text)} >= {"太郎", "花子"}


def test_aggregates(org: Org) -> None:
    text = (
        "SELECT COUNT(Id), COUNT(Title) titles, COUNT_DISTINCT(LastName), MIN(FirstName) "
        "FROM Contact WHERE LastName = '山田'"
    )
    answer = ask(org, text)
    assert answer["totalSize"] == 1
    assert answer["records"] == [
        {"attributes": {"type": "AggregateResult"}, "expr0": 2, "titles": 1, "expr1": 1, "expr2": "太郎"}
    ]


def test_groups_having_and_their_order(org: Org) -> None:
    grouped = "SELECT LastName, COUNT(Id) FROM Contact GROUP BY LastName HAVING COUNT(Id) > 1"
    text = f"{grouped} ORDER BY COUNT(Id) DESC, LastName DESC"
    assert rows(org, text)[0] == {"LastName": "山田", "expr0": 2}
    by_account = "SELECT Account.Name company, COUNT(Id) n FROM Contact WHERE LastName = '山田' GROUP BY Account.Name"
    assert rows(org, by_account) == [{"company": "株式会社青空商事", "n": 2}]
    assert rows(org, "SELECT LastName FROM Contact WHERE LastName = '山田' GROUP BY LastName LIMIT 5") == [
        {"LastName": "山田"}
    ]


def test_sums_and_averages_of_numbers(org: Org) -> None:
    system = org.view(None)
    for seconds in (30, 31, None):
        fields = {"Subject": "sum", "CallDurationInSeconds": seconds}
        create_record(org, system, org.catalog["Task"], {k: v for k, v in fields.items() if v is not None})
    text = "SELECT SUM(CallDurationInSeconds) s, AVG(CallDurationInSeconds) a, MAX(CallDurationInSeconds) m FROM Task"
    assert rows(org, text) == [{"s": 61, "a": 30.5, "m": 31}]


def test_field_sets(org: Org) -> None:
    standard = rows(org, "SELECT FIELDS(STANDARD) FROM Contact LIMIT 1")[0]
    custom = rows(org, "SELECT FIELDS(CUSTOM) FROM Contact LIMIT 1")[0]
    everything = rows(org, "SELECT FIELDS(ALL) FROM Contact LIMIT 200")[0]
    assert "Direct_Line__c" in custom
    assert "MobilePhone" in standard
    assert set(everything) == set(standard) | set(custom)


def test_scopes(org: Org) -> None:
    mine = ask(org, "SELECT Id FROM Contact USING SCOPE mine")["totalSize"]
    assert mine == ask(org, f"SELECT Id FROM Contact WHERE OwnerId = '{user_of(org).user_id}'")["totalSize"]
    assert ask(org, "SELECT Id FROM Contact USING SCOPE everything FOR VIEW")["totalSize"] == 8


AGGREGATE = "MALFORMED_QUERY"


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("SELECT Name, (SELECT Id FROM Contact) FROM Account", "INVALID_TYPE",
         "Didn't understand relationship 'Contact' in FROM part of query call."),
        ("SELECT (SELECT Nope FROM Contacts) FROM Account", "INVALID_FIELD", "No such column 'Nope' on entity 'Contact'"),
        ("SELECT (SELECT COUNT() FROM Contacts) FROM Account", AGGREGATE, "not allowed in a child subquery"),
        ("SELECT (SELECT (SELECT Id FROM Tasks) FROM Contacts) FROM Account", AGGREGATE, "Nesting"),
        ("SELECT (SELECT Id FROM Contacts OFFSET 1) FROM Account", AGGREGATE, "OFFSET"),
        ("SELECT COUNT(), Id FROM Contact", AGGREGATE, "unexpected token: ','"),
        ("SELECT COUNT() n FROM Contact", AGGREGATE, "unexpected token: 'n'"),
        ("SELECT COUNT() FROM Contact ORDER BY Name", AGGREGATE, "Ordered field must be grouped or aggregated: Name"),
        ("SELECT COUNT() FROM Contact GROUP BY Name", AGGREGATE, "COUNT() cannot be used with GROUP BY"),
        ("SELECT Name n FROM Contact", AGGREGATE, "only aggregate expressions use field aliasing"),
        ("SELECT Name, COUNT(Id) FROM Contact", AGGREGATE, "Field must be grouped or aggregated: Name"),
        ("SELECT COUNT(Id) FROM Contact LIMIT 1", AGGREGATE,
         "Non-grouped query that uses overall aggregate functions cannot also use LIMIT"),
        ("SELECT COUNT(Id) FROM Contact ORDER BY Name", AGGREGATE, "Ordered field must be grouped or aggregated: Name"),
        ("SELECT SUM(Name) FROM Contact", AGGREGATE, "field Name does not support aggregate operator SUM"),
        ("SELECT COUNT(Description) FROM Contact", AGGREGATE, "does not support aggregate operator COUNT"),
        ("SELECT COUNT(Id) a, MAX(Name) A FROM Contact", AGGREGATE, "duplicate alias: A"),
        ("SELECT CreatedDate, COUNT(Id) FROM Contact GROUP BY CreatedDate", "INVALID_FIELD",
         "field 'CreatedDate' can not be grouped in a query call"),
        ("SELECT LastName, MAX(LastName) FROM Contact GROUP BY LastName", AGGREGATE, "Grouped field should not be"),
        ("SELECT Id FROM Contact HAVING COUNT(Id) > 1", AGGREGATE, "HAVING"),
        ("SELECT COUNT(Id) FROM Contact HAVING COUNT(Id) > 1", AGGREGATE, "HAVING"),
        ("SELECT Id FROM Contact WHERE COUNT(Id) > 1", AGGREGATE, "COUNT is only allowed in HAVING"),
        ("SELECT Id FROM Contact ORDER BY COUNT(Id)", AGGREGATE, "COUNT is only allowed in HAVING"),
        ("SELECT LastName FROM Contact GROUP BY ROLLUP(LastName)", AGGREGATE, "unexpected token: '('"),
        ("SELECT FORMAT(CreatedDate) FROM Contact", AGGREGATE, "unexpected token: '('"),
        ("SELECT TYPEOF Who WHEN Contact THEN Name END FROM Task", AGGREGATE, "unexpected token: 'WHEN'"),
        ("SELECT Id FROM Contact WITH SECURITY_ENFORCED", AGGREGATE, "unexpected token: 'WITH'"),
        ("SELECT Id FROM Contact FOR UPDATE", AGGREGATE, "unexpected token: 'UPDATE'"),
        ("SELECT Id FROM Contact USING SCOPE team", "INVALID_QUERY_SCOPE", "Invalid query scope 'team'"),
        ("SELECT FIELDS(ALL) FROM Contact", AGGREGATE, "FIELDS function must have a LIMIT of at most 200"),
        ("SELECT FIELDS(ALL) FROM Contact LIMIT 201", AGGREGATE, "FIELDS function must have a LIMIT of at most 200"),
        ("SELECT Id, FIELDS(STANDARD) FROM Contact", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT Id FROM Contact WHERE LeadSource INCLUDES ('Web')", "INVALID_QUERY_FILTER_OPERATOR", "'includes'"),
        ("SELECT Id FROM Account WHERE Name = 'x' OR Id IN (SELECT AccountId FROM Contact)", AGGREGATE,
         "Semi join sub-selects are not allowed with the 'OR' operator"),
        ("SELECT Id FROM Account WHERE Name = 'x' AND (Name = 'y' AND Id IN (SELECT AccountId FROM Contact))", AGGREGATE,
         "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE"),
        ("SELECT Id FROM Account WHERE NOT Id IN (SELECT AccountId FROM Contact)", AGGREGATE, "top level WHERE"),
        (("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact) AND Id IN (SELECT AccountId FROM Contact) "
         "AND Id IN (SELECT AccountId FROM Contact)"), "EXCEEDED_MAX_SEMIJOIN_SUBSELECTS", "At most 2"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT Id FROM Contact)", AGGREGATE,
         ("The selected field 'Id' in the subquery and the left operand field in the where expression in the outer query "
         "'Id' should point to the same object type")),
        ("SELECT Id FROM Account WHERE Name IN (SELECT AccountId FROM Contact)", "INVALID_FIELD",
         "should be an id field, cannot use: 'Name'"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT WhatId FROM Task)", AGGREGATE,
         "Entity 'Task' is not supported for semi join inner selects"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT AccountId, Id FROM Contact)", AGGREGATE, "Only one field"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact LIMIT 1)", AGGREGATE, "not allowed in a semi"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Id IN (SELECT Id FROM Contact))",
         AGGREGATE, "Nested semi join"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT Account.Id FROM Contact)", AGGREGATE, "Relationship fields cannot"),
        ("SELECT Id FROM Contact WHERE Account.Id IN (SELECT Id FROM Account)", AGGREGATE, "Relationship fields cannot"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Nope)", "INVALID_TYPE", "sObject type 'Nope'"),
    ],
)  # fmt: skip
def test_refusals(org: Org, text: str, code: str, message: str) -> None:
    with pytest.raises(SalesforceError) as caught:
        ask(org, text)
    assert (caught.value.code, caught.value.status) == (code, 400)
    assert message in caught.value.message
    assert "ERROR at Row:1:Column:" in caught.value.message


def test_field_sets_came_with_version_51(org: Org) -> None:
    with pytest.raises(SalesforceError, match="unexpected token"):
        run_query(org, org.view(user_of(org)), "SELECT FIELDS(STANDARD) FROM Contact", "50.0", "query")


def test_more_groups_than_a_page_are_refused(org: Org) -> None:
    with org.database.transaction():
        org.database.execute_many(
            'INSERT INTO "Lead" (Id, LastName) VALUES (?, ?)', ((f"00Q{n:012}AAA", f"g{n}") for n in range(2001))
        )
    text = "SELECT LastName, COUNT(Id) FROM Lead GROUP BY LastName"
    with pytest.raises(SalesforceError, match="EXCEEDED_ID_LIMIT: Aggregate query does not support queryMore"):
        ask(org, text)
    assert ask(org, text + " LIMIT 2000")["totalSize"] == 2000


def test_what_a_reference_to_several_objects_leads_to_is_a_name(org: Org) -> None:
    account = org.database.row('SELECT Id FROM "Account" WHERE Phone IS NOT NULL')
    assert account is not None
    task = create_record(org, org.view(None), org.catalog["Task"], {"WhatId": account[0]})
    found = ask(org, "SELECT What.Type, What.Name, Owner.Type FROM Task WHERE What.Type = 'Account'")["records"]
    assert [(r["What"]["Type"], r["What"]["attributes"]["type"], r["Owner"]["Type"]) for r in found] == [
        ("Account", "Name", "User")
    ]
    grouped = ask(org, f"SELECT What.Type kind, COUNT(Id) FROM Task WHERE Id = '{task}' GROUP BY What.Type")
    assert grouped["records"][0]["kind"] == "Account"
    for field, told in (
        ("What.Site", "No such column 'Site' on entity 'Name'"),
        ("What.Owner.Name", "relationship 'Owner'"),
    ):
        with pytest.raises(SalesforceError, match=told):
            ask(org, f"SELECT {field} FROM Task")
