"""R30: what is taken for an e-mail address or a server's name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from host.mail.addresses import is_address, is_host, listed
from host.mail.envelope import enveloped
from host.mail.settings import MailSettings


@pytest.mark.parametrize(
    "text", ["a@example.com", "Sato.Misaki+crm@mail.example.co.jp", "x_y@localhost", "o'neil@example.com"]
)
def test_r30_addresses(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sato",
        "sato@",
        "@example.com",
        "a@b@c.example",
        "a b@example.com",
        '"a b"@example.com',
        "a@example.com\r\nRCPT TO:<x@example.com>",
        "a@example.com\n",
        "佐藤@example.com",
        "a@例え.jp",
        "<a@example.com>",
        "Sato <a@example.com>",
        "a@example..com",
        f"{'a' * 250}@example.com",
    ],
)
def test_r30_what_is_no_address(text: str) -> None:
    assert not is_address(text)


@given(st.text())
def test_r30_no_address_begins_another_line_or_command(text: str) -> None:
    if is_address(text):
        assert text.isprintable()
        assert not set(text) & set(" <>\"'\r\n\t,;") - {"'"}


@pytest.mark.parametrize("text", ["smtp.example.com", "localhost", "mail_1", "192.0.2.7", "2001:db8::25", "mail.jp."])
def test_hosts(text: str) -> None:
    assert is_host(text)


@pytest.mark.parametrize("text", ["", "smtp a.com", "smtp://a.com", "a.com:25", "-x.a.com", "a\r\nb", "a/b", "メール"])
def test_what_is_no_host(text: str) -> None:
    assert not is_host(text)


def test_r30_addresses_are_listed_one_a_line_each_once() -> None:
    assert listed(" a@example.com \r\n\nB@example.com, A@EXAMPLE.COM; c@example.com\n") == (
        "a@example.com",
        "B@example.com",
        "c@example.com",
    )


@given(st.emails())
def test_r30_every_address_that_is_taken_fits_into_an_envelope(address: str) -> None:
    assume(is_address(address))
    settings = MailSettings(sender=address, sender_name="つなぐ", language="en")
    made = enveloped(
        settings,
        key="k",
        recipient=address,
        subject="s",
        text="t",
        html="h",
        at=datetime.now(UTC),
        site_url="http://[::1]:80",
    )
    assert made["To"].addresses[0].addr_spec == address
    assert made.as_bytes().isascii()
