"""The host's configuration, read from the environment once at start."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from environs import Env


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What an installation decides. Every field is one `TSUNAGU_…` variable, described in docs/configuration.md."""

    database_url: str
    secret_key: str = field(repr=False)
    encryption_keys: tuple[str, ...] = field(repr=False)
    site_name: str = "Tsunagu"
    url: str = "http://127.0.0.1:8000"
    region: str = "JP"
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Tokyo"))
    language: str = "en"
    secure_cookies: bool = False
    trusted_proxies: int = 0
    worker_slots: int = 16
    poll_seconds: float = 0.1
    lease_seconds: float = 15.0


class ConfigurationError(Exception):
    """The environment does not describe a runnable installation; the message names the variable and what it needs."""


def read_config(env_file: Path | None = None) -> Config:
    """The configuration from the environment (and `env_file`, whose values do not replace the environment's).

    Raises:
        ConfigurationError: a variable is missing or means nothing.
    """
    raise NotImplementedError(env_file, Env)
