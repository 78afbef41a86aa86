"""R15: from every auth method to every other, on both databases; and what needs no comparison."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import pytest
from cryptography.fernet import Fernet

from host.config import Config
from host.services import build_services
from plugins.salesforce import changing, connecting
from plugins.salesforce.auth.methods import auth_method
from plugins.salesforce.connection import read_connection, read_tokens
from tests.integration.salesforce.changing_pages import OAUTH, PAGE, PASSWORD, come_back, works
from tests.integration.salesforce.conftest import AGENT, SITE, Browser, Clock, Host, Org, Pages, query_of
from tests.signing_keys import certificate_of, pem, rsa_key


@pytest.fixture
def host(org: Org, database_url: str, clock: Clock) -> Iterator[Host]:
    """On both databases; both server-to-server methods are set up in the org's app."""
    key = Fernet.generate_key().decode()
    config = Config(database_url=database_url, secret_key="s" * 40, encryption_keys=(key,), url=SITE)
    services = build_services(config, clock=clock)
    host = Host(services, org, clock)
    username = host.org.credentials["username"]
    policies = {"certificate": certificate_of(rsa_key()), "admin_approved_only": True, "approved_users": [username]}
    host.org.control("app", {**policies, "client_credentials": True, "run_as": username})
    yield host
    services.database.engine.dispose()


@pytest.fixture
def browser(pages: Pages) -> Browser:
    return pages.browser()


METHODS = ("oauth", "password", "jwt_bearer", "client_credentials")


def typed(host: Host, name: str) -> dict[str, str]:
    every = {**host.org.login, "private_key": pem(rsa_key())}
    return {field.name: every[field.name] for field in auth_method(name).credentials}


@pytest.mark.parametrize(("old", "new"), permutations(METHODS, 2))
def test_r15_from_every_method_to_every_other(host: Host, old: str, new: str):
    assert isinstance(host.connect(old, **typed(host, old)), connecting.Connected)
    begun = changing.begin_trial(host.context, auth_method(new), typed(host, new), "admin")
    if not isinstance(begun, connecting.Tried):
        key = connecting.keep_sign_in(host.context, auth_method(new), begun, to_change=True)
        begun = connecting.come_back(host.context, query_of(host.org.sign_in(begun.url)), key, "admin")
    assert isinstance(begun, connecting.Tried)
    assert works(host), "the old one works beside the trial"
    changing.switch(host.context, changing.keep_trial(host.context, begun), new, "admin")
    assert read_connection(host.context).method == new
    assert works(host)
    assert read_tokens(host.context).access_token not in repr(begun)


def test_r15_another_method_is_never_connected_without_the_comparison(pages: Pages, browser: Browser):
    pages.host.connect("oauth")
    answer = browser.post(f"{PAGE}connect/password", **pages.host.org.login)
    assert (answer.status_code, answer.headers["Location"]) == (303, PASSWORD)
    assert read_connection(pages.host.context).method == "oauth"
    page = browser.get(f"{PAGE}?again=1").text
    assert f'href="{PASSWORD}"' in page


def test_re_authorising_needs_no_comparison(pages: Pages, browser: Browser):
    pages.host.connect("password")
    assert browser.get(PASSWORD).headers["Location"] == f"{PAGE}?method=password&again=1"
    assert browser.post(f"{PAGE}connect/password", **pages.host.org.login).headers["Location"] == PAGE


def test_without_a_connection_there_is_nothing_to_compare(browser: Browser):
    assert browser.get(OAUTH).headers["Location"] == f"{PAGE}?method=oauth&again=1"
    assert browser.post(OAUTH).headers["Location"] == f"{PAGE}?method=oauth&again=1"
    assert browser.get(f"{PAGE}change/nonsense").status_code == 404


def test_only_admins_change_it(pages: Pages):
    agent = pages.browser(AGENT)
    assert [agent.get(path).status_code for path in (OAUTH, f"{OAUTH}/result")] == [403] * 2
    assert [agent.post(path).status_code for path in (OAUTH, f"{OAUTH}/switch", f"{OAUTH}/keep")] == [403] * 3


def test_b9_the_password_page_names_the_date_and_leads_to_the_other_methods(pages: Pages, browser: Browser):
    pages.host.connect("password")
    page = browser.get(PAGE).text
    assert "Summer ’27" in page
    for name in ("oauth", "jwt_bearer", "client_credentials"):
        assert f'href="{PAGE}change/{name}"' in page
    pages.host.connect("oauth")
    assert "Summer ’27" not in browser.get(PAGE).text


def test_r18_the_change_is_logged_with_before_and_after(pages: Pages, browser: Browser):
    host = pages.host
    host.connect("password")
    host.context.settings.write({"fetch": "bulk"})
    come_back(pages, browser)
    browser.post(f"{OAUTH}/switch")
    newest = host.context.operations.find().operations[0]
    assert newest.action == "auth method changed"
    assert {name: (change.before, change.after) for name, change in newest.detail.items()} == {
        "method": ("Authenticate with ID and password", "Authenticate with Salesforce ID"),
        "fetching contacts": ("in bulk every night", "after each call"),
    }


def test_a_trial_is_kept_sealed(pages: Pages, browser: Browser):
    host = pages.host
    host.connect("oauth")
    browser.post(PASSWORD, **host.org.login)
    with host.services.database.reading() as connection:
        rows = str(connection.exec_driver_sql("SELECT * FROM plugin_secrets").all())
    assert host.org.login["password"] not in rows
    assert host.org.login["password"] not in str(host.context.settings.read())
