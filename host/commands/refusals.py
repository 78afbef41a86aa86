"""The errors whose message is made for the person at the command line."""

from __future__ import annotations

from host.config import ConfigurationError
from host.plugin_api import JobUnknown
from host.registry import PluginQuarantined, PluginUnknown
from host.scheduling.site_jobs import JobRefused
from host.security.event_sources import SourceError
from host.security.passwords import PasswordUnfit
from host.security.sealing import SealBroken
from host.security.tokens import TokenError
from host.security.users import UserError

REFUSALS = (
    ConfigurationError,
    JobRefused,
    JobUnknown,
    PasswordUnfit,
    PluginQuarantined,
    PluginUnknown,
    SealBroken,
    SourceError,
    TokenError,
    UserError,
)
