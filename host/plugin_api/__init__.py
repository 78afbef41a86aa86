"""The public interface for plugins: what is importable from here and from these modules is supported, nothing else is.

`host.plugin_api.web` is for pages and routes, `.commands` for command-line commands, `.oauth` for auth methods,
`.outgoing` for HTTP to a CRM, `.list_filters`, `.operation_words` and `.spreadsheet` for lists and files.
docs/plugins.md says how the interface changes.
"""

from pluggy import HookimplMarker

from hookspecs import hookimpl as _hookimpl
from host.domain.phone import dialable, format_national, numbers_in, parse_number, search_forms
from host.plugin_api.alarms import Alarms
from host.plugin_api.auth import (
    AuthFeature,
    AuthMethod,
    AuthMethodBase,
    AuthSite,
    CredentialField,
    FeatureMissing,
    Grant,
    SignIn,
)
from host.plugin_api.auth_loading import AuthMethods, BrokenMethod, auth_methods
from host.plugin_api.budget import Budget
from host.plugin_api.calls import Agent, Analysis, Call, CallOutcome, Direction, Memo, RecordRef
from host.plugin_api.contact_book import ContactBook, ContactEntry
from host.plugin_api.context import Calls, Database, Log, PluginContext, Secrets, Settings, Site
from host.plugin_api.crm import Crm, CrmAccount
from host.plugin_api.deprecation import InterfaceDeprecated, Retired, deprecated, former_names
from host.plugin_api.events import AnalysisDone, CallEnded, Event, MemoOrigin, MemoSaved, NumberClicked
from host.plugin_api.job_state import JobState
from host.plugin_api.jobs import JobRun, JobRunView, Jobs, JobUnknown, RunLost, ScheduledJob
from host.plugin_api.links import Links
from host.plugin_api.manifest import API_MINOR, API_VERSION, CallAction, Manifest, NavigationItem
from host.plugin_api.match import Candidate, Match
from host.plugin_api.operations import Changed, Operation, OperationPage, Operations, changes
from host.plugin_api.parked import WorkAside
from host.plugin_api.people import SiteUser
from host.plugin_api.results import (
    Done,
    LimitReached,
    NeedsConfiguration,
    NeedsReauthorisation,
    PermanentFailure,
    PluginError,
    Result,
    RetryLater,
    Skipped,
)
from host.plugin_api.watching import Counter, HealthCheck
from host.sentences import Sentence

hookimpl: HookimplMarker = _hookimpl
"""Marks a hook; `hookspecs.hookimpl` with its type, which a module of a single file cannot ship."""

__all__ = [
    "API_MINOR",
    "API_VERSION",
    "Agent",
    "Alarms",
    "Analysis",
    "AnalysisDone",
    "AuthFeature",
    "AuthMethod",
    "AuthMethodBase",
    "AuthMethods",
    "AuthSite",
    "BrokenMethod",
    "Budget",
    "Call",
    "CallAction",
    "CallEnded",
    "CallOutcome",
    "Calls",
    "Candidate",
    "Changed",
    "ContactBook",
    "ContactEntry",
    "Counter",
    "CredentialField",
    "Crm",
    "CrmAccount",
    "Database",
    "Direction",
    "Done",
    "Event",
    "FeatureMissing",
    "Grant",
    "HealthCheck",
    "InterfaceDeprecated",
    "JobRun",
    "JobRunView",
    "JobState",
    "JobUnknown",
    "Jobs",
    "LimitReached",
    "Links",
    "Log",
    "Manifest",
    "Match",
    "Memo",
    "MemoOrigin",
    "MemoSaved",
    "NavigationItem",
    "NeedsConfiguration",
    "NeedsReauthorisation",
    "NumberClicked",
    "Operation",
    "OperationPage",
    "Operations",
    "PermanentFailure",
    "PluginContext",
    "PluginError",
    "RecordRef",
    "Result",
    "Retired",
    "RetryLater",
    "RunLost",
    "ScheduledJob",
    "Secrets",
    "Sentence",
    "Settings",
    "SignIn",
    "Site",
    "SiteUser",
    "Skipped",
    "WorkAside",
    "auth_methods",
    "changes",
    "deprecated",
    "dialable",
    "format_national",
    "former_names",
    "hookimpl",
    "numbers_in",
    "parse_number",
    "search_forms",
]
