"""R11, R17: the OAuth web-server flow, really done against the org, and the renewal of its tokens."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.fernet import Fernet

from host.config import Config
from host.plugin_api import NeedsConfiguration, NeedsReauthorisation, PluginError, RetryLater, SignIn
from host.services import build_services
from plugins.salesforce import connecting, disconnecting, sign_in, trying
from plugins.salesforce.auth import oauth_errors
from plugins.salesforce.auth.methods import auth_method
from plugins.salesforce.client import Client
from plugins.salesforce.connection import LiveConnection, read_connection, read_tokens
from plugins.salesforce.domain.purpose import Purpose
from tests.integration.salesforce.conftest import ADMIN, SITE, Host, query_of


def begin(host: Host) -> tuple[SignIn, str]:
    method = auth_method("oauth")
    begun = connecting.begin(host.context, method, {}, ADMIN)
    assert isinstance(begun, SignIn)
    return begun, connecting.keep_sign_in(host.context, method, begun)


def come_back(host: Host, location: str, key: str) -> connecting.Connected:
    return connecting.come_back(host.context, query_of(location), key, ADMIN)


def test_r11_the_whole_flow(host: Host):
    begun, key = begin(host)
    asked = parse_qs(urlsplit(begun.url).query)
    assert asked["redirect_uri"] == [f"{SITE}/plugins/salesforce/callback"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["api refresh_token id"]
    assert begun.pending["verifier"] not in begun.url
    connected = come_back(host, host.org.sign_in(begun.url), key)
    known = host.org.credentials
    assert connected.info.username == known["username"]
    assert connected.info.user_id == known["user_id"]
    assert connected.info.org_id == known["organization_id"]
    assert connected.info.org_name == "Tsunagu Demo K.K."
    assert connected.info.api_version == "51.0"
    assert read_connection(host.context) == connected.info


def test_r11_deny(host: Host):
    begun, key = begin(host)
    with pytest.raises(NeedsReauthorisation) as caught:
        come_back(host, host.org.sign_in(begun.url, press="cancel"), key)
    assert caught.value.message == oauth_errors.DENIED
    assert read_connection(host.context) is None


def test_r11_a_state_of_another_browser(host: Host):
    begun, _ = begin(host)
    _, other = begin(host)
    with pytest.raises(NeedsReauthorisation, match="this browser"):
        come_back(host, host.org.sign_in(begun.url), other)
    assert not host.org.requests("/oauth2/token")


@pytest.mark.parametrize("session_key", ["", "x" * 64])
def test_r11_no_state_in_the_session(host: Host, session_key: str):
    begun, _ = begin(host)
    with pytest.raises(NeedsReauthorisation, match="this browser"):
        come_back(host, host.org.sign_in(begun.url), session_key)


def test_r11_a_state_is_used_once(host: Host):
    begun, key = begin(host)
    location = host.org.sign_in(begun.url)
    come_back(host, location, key)
    with pytest.raises(NeedsReauthorisation) as caught:
        come_back(host, location, key)
    assert caught.value.message == sign_in.USED_OR_EXPIRED
    assert not read_connection(host.context).lost


def test_r11_a_sign_in_that_took_too_long(host: Host):
    begun, key = begin(host)
    location = host.org.sign_in(begun.url)
    host.clock.advance(minutes=11)
    with pytest.raises(NeedsReauthorisation) as caught:
        come_back(host, location, key)
    assert caught.value.message == sign_in.USED_OR_EXPIRED


def test_r11_a_code_that_has_expired_at_salesforce(host: Host):
    begun, key = begin(host)
    location = host.org.sign_in(begun.url)
    host.org.control("clock", {"advance_seconds": 3600})
    with pytest.raises(NeedsReauthorisation, match="too late"):
        come_back(host, location, key)


def test_r11_another_user_on_connecting_again_is_refused_and_the_old_connection_lives(host: Host):
    host.connect("oauth")
    before = read_tokens(host.context)
    begun, key = begin(host)
    alice = next(user for user in host.org.credentials["users"] if user["username"].startswith("alice"))
    location = host.org.sign_in(begun.url, username=alice["username"], password=alice["password"])
    with pytest.raises(NeedsReauthorisation) as caught:
        come_back(host, location, key)
    assert caught.value.message == trying.WRONG_ACCOUNT
    assert read_tokens(host.context) == before
    assert connecting.run_test(host.context, ADMIN).schema.objects
    assert len(host.org.requests("/oauth2/revoke")) == 1, "the grant that is not kept is given back"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("TSUNAGU_SALESFORCE_CLIENT_SECRET", "wrong", "consumer key and secret"),
        ("TSUNAGU_SALESFORCE_CA_FILE", "", "certificate"),
    ],
)
def test_a_wrong_set_up_is_told_in_plain_words(
    host: Host, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
):
    begun, key = begin(host)
    location = host.org.sign_in(begun.url)
    monkeypatch.setenv(name, value)
    with pytest.raises(NeedsConfiguration, match=words):
        come_back(host, location, key)


def test_an_org_without_api_is_told_by_its_own_answer(host: Host):
    begun, key = begin(host)
    location = host.org.sign_in(begun.url)
    host.org.settings(api_enabled=False)
    with pytest.raises(NeedsConfiguration, match="no access to the"):
        come_back(host, location, key)
    assert read_connection(host.context) is None


def test_r7_a_version_the_org_does_not_offer(host: Host):
    host.context.settings.write({"api_version": "99.0"})
    with pytest.raises(NeedsConfiguration, match=r"99\.0.*It offers .*51\.0"):
        host.connect("oauth")
    assert read_connection(host.context) is None


def expire(host: Host) -> None:
    host.org.control("clock", {"advance_seconds": 7300})


def ask(host: Host) -> None:
    Client(connecting.live_connection(host.context), Purpose.LOOK_UP).get("query/", {"q": "SELECT Id FROM Lead LIMIT 1"})


def test_the_rotated_refresh_token_is_kept(host: Host):
    host.connect("oauth")
    seen = [read_tokens(host.context)]
    for _ in range(3):
        expire(host)
        ask(host)
        seen.append(read_tokens(host.context))
    assert len({tokens.kept["refresh_token"] for tokens in seen}) == 4
    assert len({tokens.access_token for tokens in seen}) == 4


def test_without_rotation_the_refresh_token_stays(host: Host):
    host.org.settings(rotation=False)
    host.connect("oauth")
    before = read_tokens(host.context).kept
    expire(host)
    ask(host)
    assert read_tokens(host.context).kept["refresh_token"] == before["refresh_token"]


def test_the_new_refresh_token_is_stored_before_the_new_access_token_is_used(host: Host):
    host.connect("oauth")
    expire(host)
    host.org.control("faults", [{"kind": "drop-before", "match": {"path": "/query"}, "after": 1}])
    with pytest.raises(PluginError):
        ask(host)
    assert len(host.org.requests("/oauth2/token")) == 2
    ask(host)
    assert len(host.org.requests("/oauth2/token")) == 2, "the token that was never used before is good"


def test_many_threads_refresh_once(host: Host):
    host.connect("oauth")
    host.org.settings(refresh_seconds=0.2)
    expire(host)
    together = threading.Barrier(6)

    def work(_: int) -> None:
        together.wait()
        ask(host)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert len(host.org.requests("/oauth2/token")) == 2, "one for the connection, one renewal"
    assert not read_connection(host.context).lost


def _renew_in_another_process(url: str, keys: tuple[str, ...], start: Any) -> None:
    config = Config(database_url=url, secret_key="s" * 40, encryption_keys=keys, url=SITE)
    connection = connecting.live_connection(build_services(config).registry.context("salesforce"))
    token = connection.access_token()
    start.wait(90)
    connection.renewed(token)


def test_two_processes_refresh_once(host: Host):
    host.connect("oauth")
    host.org.settings(refresh_seconds=0.3)
    config = host.services.config
    spawning = multiprocessing.get_context("spawn")
    start = spawning.Barrier(2)
    arguments = (config.database_url, config.encryption_keys, start)
    other = spawning.Process(target=_renew_in_another_process, args=arguments)
    other.start()
    connection = connecting.live_connection(host.context)
    token = connection.access_token()
    start.wait(90)
    renewed = connection.renewed(token)
    other.join(60)
    assert other.exitcode == 0
    assert len(host.org.requests("/oauth2/token")) == 2, "one for the connection, one renewal"
    assert renewed == read_tokens(host.context).access_token


def test_a_refresh_that_is_already_being_processed_is_tried_again_not_taken_for_lost(host: Host):
    host.connect("oauth")
    expire(host)
    body = {"error": "invalid_grant", "error_description": "token request is already being processed"}
    host.org.control("faults", [{"kind": "reply", "status": 400, "body": body, "match": {"path": "/oauth2/token"}}])
    with pytest.raises(PluginError, match="tried again soon"):
        ask(host)
    assert not read_connection(host.context).lost
    ask(host)


def test_r32_a_renewal_after_the_admin_connected_anew_does_not_mark_the_new_connection_lost(host: Host):
    host.connect("oauth")
    stale = LiveConnection(host.context, read_connection(host.context))
    old = stale.access_token()
    host.connect("oauth")
    assert stale.renewed(old) == read_tokens(host.context).access_token
    with pytest.raises(RetryLater):
        stale.lose(old, "late news")
    assert not read_connection(host.context).lost


def test_an_org_that_was_moved_to_another_server_is_followed(host: Host):
    host.connect("oauth")
    here = read_connection(host.context)
    moved = replace(here, instance_url="https://localhost:1")
    host.context.settings.write({"connection": moved.to_json()})
    connection = LiveConnection(host.context, moved)
    connection.renewed(connection.access_token())
    assert connection.info == here == read_connection(host.context)


def test_r17_disconnect_revokes_and_forgets(host: Host):
    host.connect("oauth")
    token = read_tokens(host.context).access_token
    disconnecting.disconnect_on_page(host.context, ADMIN)
    assert read_connection(host.context) is None
    assert host.context.secrets.get("connection") is None
    assert host.org.running.org.database.row("SELECT 1 FROM session WHERE token = ?", (token,)) is None


def test_r17_disconnecting_what_is_gone_already_works(host: Host):
    host.connect("oauth")
    host.org.control("revoke", {})
    disconnecting.disconnect_on_page(host.context, ADMIN)
    assert read_connection(host.context) is None


def test_r17_if_salesforce_cannot_be_reached_nothing_is_forgotten(host: Host):
    host.connect("oauth")
    host.org.control("faults", [{"kind": "drop-before", "match": {"path": "/revoke"}}])
    with pytest.raises(PluginError, match="cannot be reached"):
        disconnecting.disconnect_on_page(host.context, ADMIN)
    ask(host)


def test_r17_a_password_connection_cannot_be_ended_on_the_page(host: Host):
    host.connect("password")
    with pytest.raises(NeedsConfiguration, match="does not offer"):
        disconnecting.disconnect_on_page(host.context, ADMIN)
    assert read_connection(host.context) is not None
    disconnecting.disconnect(host.context, "operator")
    assert read_connection(host.context) is None


def test_no_secret_stands_in_the_database_or_in_a_repr(host: Host):
    host.connect("oauth")
    tokens = read_tokens(host.context)
    secrets = [tokens.access_token, tokens.kept["refresh_token"], host.org.credentials["client_secret"]]
    path = host.services.config.database_url.removeprefix("sqlite:///")
    with host.services.database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(path, "rb") as file:  # noqa: PTH123
        content = file.read()
    for secret in secrets:
        assert secret.encode() not in content
        assert secret not in repr((tokens, read_connection(host.context)))


def test_another_encryption_key_is_needed_to_read_them(host: Host):
    host.connect("oauth")
    other = Config(
        database_url=host.services.config.database_url,
        secret_key="s" * 40,
        encryption_keys=(Fernet.generate_key().decode(),),
    )
    with pytest.raises(Exception, match=r"(?i)seal|key|encrypt"):
        read_tokens(build_services(other).registry.context("salesforce"))
