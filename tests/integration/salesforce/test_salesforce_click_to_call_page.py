"""R22: the guide for link buttons, drawn from the org's fields and from what the auth method declares."""

from __future__ import annotations

import re

from tests.integration.salesforce.conftest import AGENT, SITE, Pages

PAGE = "/plugins/salesforce/click-to-call"


def test_r22_before_the_first_connection_the_usual_formulas_are_offered(pages: Pages):
    page = pages.browser().get(PAGE).text
    assert (
        f'value="{SITE}/dial?number={{!URLENCODE(Contact.MobilePhone)}}&amp;object=Contact&amp;id={{!Contact.Id}}"' in page
    )
    assert "clicked" not in re.sub(r"<[^>]*>", "", page.split("<ol", 1)[0])


def test_r22_the_org_s_own_phone_fields_are_offered_with_the_labels_of_the_org(pages: Pages):
    pages.host.connect("oauth")
    page = pages.browser().get(PAGE).text
    assert re.search(r">Assistant Phone[^<]*\(AssistantPhone\)|>Asst\. Phone \(AssistantPhone\)", page)
    assert "URLENCODE(Account.Phone)" in page
    assert "URLENCODE(Lead.Phone)" in page
    assert "Fax" not in page
    assert "The very record whose button was clicked is registered" in page


def test_r22_where_the_method_does_not_declare_it_the_page_says_so(pages: Pages):
    pages.host.connect()
    page = pages.browser().get(PAGE).text
    assert "The auth method in use does not tell which record was clicked" in page
    assert "The very record" not in page


def test_r22_the_guide_is_for_admins(pages: Pages):
    assert pages.browser(AGENT).get(PAGE).status_code == 403
