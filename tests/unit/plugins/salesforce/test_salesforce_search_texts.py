"""R8: the texts of the search and of the fall-back."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.plugin_api import search_forms
from plugins.salesforce.domain.soql import number_query, quoted, record_query
from plugins.salesforce.domain.sosl import SEARCH_STRING_LIMIT, search_statement, search_terms
from tests.unit.plugins.salesforce.builders import ALL, LEAD, NUMBER, PLAIN_ACCOUNT, PLAIN_CONTACT, REGION


def test_terms_are_digits_in_every_country_form_and_their_groups():
    terms = search_terms(["0312345678", "03-1234-5678", "+81312345678", "+81 3-1234-5678", "+81 (0)3-1234-5678"])
    assert terms == (
        "0312345678",
        "81312345678",
        "0312345678*",
        "81312345678*",
        "810312345678*",
        '"03 1234 5678"',
        '"3 1234 5678"',
    )


@pytest.mark.parametrize(
    ("form", "terms"),
    [
        ("+81 (0)3-1234-5678", ("810312345678*", '"0 3 1234 5678"')),
        ("+1 4155552671", ("14155552671*", '"1 4155552671"')),
        ("0081-3-1234-5678", ("0081312345678", '"0081 3 1234 5678"')),
        ("０３－１２３４－５６７８", ("０３１２３４５６７８", '"０３ １２３４ ５６７８"')),
    ],
)
def test_a_form_alone_is_found_in_both_readings_of_the_index(form, terms):
    assert search_terms([form]) == terms


@pytest.mark.parametrize("number", [NUMBER, "+819012345678", "+14155552671", "+81120123456", "+442071838750"])
def test_the_search_string_stays_far_below_its_limit(number):
    terms = search_terms(search_forms(number, REGION))
    assert terms
    assert len(" OR ".join(terms)) < SEARCH_STRING_LIMIT / 4


def test_too_many_forms_are_cut_at_the_limit():
    terms = search_terms(f"{n:015d}" for n in range(10**5, 10**5 + 2000))
    assert 3000 < len(" OR ".join(terms)) < SEARCH_STRING_LIMIT


@given(st.lists(st.text(max_size=30), max_size=6))
def test_nothing_but_digits_spaces_quotes_and_asterisks_enters_a_search(forms):
    for term in search_terms(forms):
        assert re.fullmatch(r'\d+\*?|"\d+(?: \d+)+"', term)


def test_the_statement_asks_all_three_objects_newest_first_and_leaves_converted_leads_out():
    statement = search_statement(("0312345678", '"03 1234 5678"'), (PLAIN_CONTACT, PLAIN_ACCOUNT, LEAD), ALL)
    assert statement == (
        'FIND {0312345678 OR "03 1234 5678"} IN PHONE FIELDS RETURNING '
        "Contact(Id, Name, LastModifiedDate, AccountId, Account.Name, Account.LastModifiedDate, Phone, Fax, MobilePhone, "
        "HomePhone, OtherPhone, AssistantPhone ORDER BY LastModifiedDate DESC LIMIT 200), "
        "Account(Id, Name, LastModifiedDate, Phone, Fax ORDER BY LastModifiedDate DESC LIMIT 200), "
        "Lead(Id, Name, LastModifiedDate, Company, IsConverted, Phone, MobilePhone, Fax "
        "WHERE IsConverted = false ORDER BY LastModifiedDate DESC LIMIT 200)"
    )


def test_the_query_asks_each_field_for_the_exact_forms():
    assert number_query(LEAD, ("03-1234-5678", "+81312345678"), ALL) == (
        "SELECT Id, Name, LastModifiedDate, Company, IsConverted, Phone, MobilePhone, Fax FROM Lead WHERE "
        "(Phone IN ('03-1234-5678', '+81312345678') OR MobilePhone IN ('03-1234-5678', '+81312345678') "
        "OR Fax IN ('03-1234-5678', '+81312345678')) AND IsConverted = false "
        "ORDER BY LastModifiedDate DESC, Id DESC LIMIT 200"
    )


@pytest.mark.parametrize(("text", "literal"), [("a", "'a'"), ("o'hara", r"'o\'hara'"), ("\\'", r"'\\\''")])
def test_literals_are_escaped(text, literal):
    assert quoted(text) == literal


@pytest.mark.parametrize("record_id", ["", "003", "0035e00000tW1f0' OR Name != '", "0035e00000tW1f0AA", "0035e00000tW1f0\n"])
def test_r22_what_is_no_record_id_never_enters_a_query(record_id):
    with pytest.raises(ValueError, match="record Id"):
        record_query(LEAD, record_id, ALL)
