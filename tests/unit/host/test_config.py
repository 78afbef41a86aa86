"""The configuration comes from the environment; what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from host.config import ConfigurationError, read_config

KEY = Fernet.generate_key().decode()
GOOD = {
    "TSUNAGU_DATABASE_URL": "sqlite:///var/tsunagu.db",
    "TSUNAGU_SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "TSUNAGU_ENCRYPTION_KEYS": KEY,
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("TSUNAGU_")]:
        monkeypatch.delenv(name)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_three_settings_are_enough() -> None:
    config = read_config()
    assert (config.region, str(config.timezone), config.language, config.secure_cookies) == ("JP", "Asia/Tokyo", "en", False)


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_setting_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(ConfigurationError, match=name):
        read_config()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x/y"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("SECRET_KEY", "short"),
        ("ENCRYPTION_KEYS", "abc"),
        ("ENCRYPTION_KEYS", ","),
        ("URL", "tsunagu.example.com"),
        ("URL", "https://["),
        ("REGION", "Japan"),
        ("TIMEZONE", "Asia/Tokio"),
        ("TIMEZONE", "../etc/passwd"),
        ("LANGUAGE", "de"),
        ("SECURE_COOKIES", "maybe"),
        ("TRUSTED_PROXIES", "-1"),
        ("WORKER_SLOTS", "0"),
        ("POLL_SECONDS", "nan"),
        ("LEASE_SECONDS", "soon"),
    ],
)
def test_a_setting_that_means_nothing_is_named_and_no_secret_is_repeated(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"TSUNAGU_{name}", value)
    with pytest.raises(ConfigurationError, match=f"TSUNAGU_{name}") as refused:
        read_config()
    if name in ("SECRET_KEY", "ENCRYPTION_KEYS"):
        assert value == "," or value not in str(refused.value)


def test_a_region_may_be_written_small_and_a_wrong_one_gets_a_short_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TSUNAGU_REGION", "us")
    assert read_config().region == "US"
    monkeypatch.setenv("TSUNAGU_REGION", "Japan")
    with pytest.raises(ConfigurationError) as refused:
        read_config()
    assert len(str(refused.value)) < 200


def test_secrets_do_not_show_in_a_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TSUNAGU_DATABASE_URL", "postgresql://user:pass-word@host/name")
    shown = repr(read_config())
    assert KEY not in shown
    assert GOOD["TSUNAGU_SECRET_KEY"] not in shown
    assert "pass-word" not in shown


def test_any_way_to_name_postgresql_uses_psycopg(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("postgres://host/name", "postgresql://host/name", "postgresql+psycopg://host/name"):
        monkeypatch.setenv("TSUNAGU_DATABASE_URL", url)
        assert read_config().database_url == "postgresql+psycopg://host/name"


def test_a_file_fills_in_what_the_environment_leaves_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "tsunagu.env"
    settings.write_text("TSUNAGU_SITE_NAME=From the file\nTSUNAGU_LANGUAGE=ja\n")
    monkeypatch.setenv("TSUNAGU_LANGUAGE", "en")
    monkeypatch.setenv("TSUNAGU_SITE_NAME", "x")  # so that it is restored
    monkeypatch.delenv("TSUNAGU_SITE_NAME")
    monkeypatch.setenv("TSUNAGU_ENV_FILE", str(settings))
    config = read_config()
    assert (config.site_name, config.language) == ("From the file", "en")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        read_config(tmp_path / "missing.env")
