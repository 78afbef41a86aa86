"""The host's configuration, read from the environment once at start."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet
from environs import Env, EnvError, validate
from marshmallow import ValidationError
from phonenumbers import SUPPORTED_REGIONS
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

LANGUAGES = ("en", "ja")
PREFIX = "TSUNAGU_"
ENV_FILE = "TSUNAGU_ENV_FILE"
SECRET_KEY_LENGTH = 32
LEAST_MEMORY, MOST_MEMORY = 256, 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What an installation decides. Every field is one `TSUNAGU_…` variable, described in docs/configuration.md."""

    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    encryption_keys: tuple[str, ...] = field(repr=False)
    site_name: str = "Tsunagu"
    url: str = "http://127.0.0.1:8000"
    region: str = "JP"
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Tokyo"))
    language: str = "en"
    secure_cookies: bool = False
    trusted_proxies: int = 0
    worker_slots: int = 32
    poll_seconds: float = 0.1
    lease_seconds: float = 15.0
    safe_mode: bool = False
    plugin_memory_mib: int = 1024


class ConfigurationError(Exception):
    """The environment does not describe a runnable installation; the message names the variable and what it needs."""


def read_config(env_file: Path | None = None) -> Config:
    """The configuration from the environment (and `env_file`, whose values do not replace the environment's).

    Without `env_file`, the file that TSUNAGU_ENV_FILE names is read, if it names one.

    Raises:
        ConfigurationError: a variable is missing or means nothing.
    """
    env = Env()
    _load_file(env, env_file or _named_file())
    try:
        with env.prefixed(PREFIX):
            return _from(env)
    except EnvError as error:
        raise ConfigurationError(_sentence(error)) from None


def _named_file() -> Path | None:
    named = os.environ.get(ENV_FILE)
    return Path(named) if named else None


def _load_file(env: Env, path: Path | None) -> None:
    if path is None:
        return
    if not path.is_file():
        raise ConfigurationError(f"The file of settings {path} does not exist. Give its path in --env-file or {ENV_FILE}.")
    env.read_env(str(path), recurse=False, override=False)


def _from(env: Env) -> Config:
    return Config(
        database_url=_database_url(env.str("DATABASE_URL", validate=_is_database)),
        secret_key=env.str("SECRET_KEY", validate=_is_long_enough),
        encryption_keys=_words(env.str("ENCRYPTION_KEYS", validate=_are_fernet_keys)),
        site_name=env.str("SITE_NAME", "Tsunagu", validate=validate.Length(1, 100)),
        url=env.str("URL", "http://127.0.0.1:8000", validate=_is_web_address).rstrip("/"),
        region=env.str("REGION", "JP", validate=_is_region).upper(),
        timezone=ZoneInfo(env.str("TIMEZONE", "Asia/Tokyo", validate=_is_timezone)),
        language=env.str("LANGUAGE", "en", validate=validate.OneOf(LANGUAGES)),
        secure_cookies=env.bool("SECURE_COOKIES", False),
        trusted_proxies=env.int("TRUSTED_PROXIES", 0, validate=validate.Range(0, 10)),
        worker_slots=env.int("WORKER_SLOTS", 32, validate=validate.Range(1, 256)),
        poll_seconds=env.float("POLL_SECONDS", 0.1, validate=validate.Range(0.01, 60)),
        lease_seconds=env.float("LEASE_SECONDS", 15.0, validate=validate.Range(1, 3600)),
        safe_mode=env.bool("SAFE_MODE", False),
        plugin_memory_mib=env.int("PLUGIN_MEMORY_MIB", 1024, validate=_is_memory),
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _database_url(text: str) -> str:
    """psycopg 3 is the driver for PostgreSQL, whichever way the URL names the database."""
    scheme, _, rest = text.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else text


def _is_database(text: str) -> None:
    try:
        url = make_url(_database_url(text))
        name = url.get_backend_name()
    except (ArgumentError, ValueError):
        name = ""
    if name == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValidationError("needs the path of a file, such as sqlite:///var/tsunagu.db: every process opens it")
    if name not in ("sqlite", "postgresql"):
        raise ValidationError("needs the URL of a database, such as sqlite:///var/tsunagu.db or postgresql://user@host/name")


def _is_region(text: str) -> None:
    if text.upper() not in SUPPORTED_REGIONS:
        raise ValidationError("needs the two letters of a country, such as JP")


def _is_long_enough(text: str) -> None:
    if len(text) < SECRET_KEY_LENGTH:
        raise ValidationError(f"needs at least {SECRET_KEY_LENGTH} random characters; `openssl rand -base64 48` makes some")


def _are_fernet_keys(text: str) -> None:
    try:
        usable = [Fernet(key) for key in _words(text)]
    except ValueError:
        usable = []
    if not usable:
        raise ValidationError(
            "needs one or more Fernet keys (32 bytes in URL-safe base64) joined by commas; "
            "`openssl rand -base64 32 | tr '+/' '-_'` makes one"
        )


def _is_memory(size: int) -> None:
    if size and not LEAST_MEMORY <= size <= MOST_MEMORY:
        raise ValidationError(f"needs 0 for no limit, or {LEAST_MEMORY} to {MOST_MEMORY} MiB")


def _is_web_address(text: str) -> None:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment
    except ValueError:
        usable = False
    if not usable:
        raise ValidationError("needs the address people open in the browser, such as https://tsunagu.example.com")


def _is_timezone(text: str) -> None:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValidationError("needs the name of a time zone, such as Asia/Tokyo") from None


def _sentence(error: EnvError) -> str:
    """environs' message, as a sentence: it names the variable and repeats no value."""
    plain = re.sub(r"invalid: \[?[\"']?(.*?)[\"']?\]?$", r"is not usable: \1", str(error))
    return f"{plain.rstrip('.')}. docs/configuration.md describes it."
