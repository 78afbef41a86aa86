"""The plugin: dials a clicked number through Asterisk, once, soon or not at all (R22)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hookspecs import hookimpl
from host.plugin_api import (
    Done,
    Manifest,
    NeedsConfiguration,
    NumberClicked,
    PermanentFailure,
    PluginContext,
    Result,
    RetryLater,
    Sentence,
)
from plugins.asterisk.ami_client import Account, AmiConnection, AmiError, AmiLostError, AmiRefusedError
from plugins.asterisk.call_fold import CLIENT_REF_PREFIX
from plugins.asterisk.marks import N_, ToldError
from plugins.asterisk.originate import CannotDialError, Dial, DialPlan, originate, originate_headers

FRESH = timedelta(seconds=30)
RETRY_AFTER = timedelta(seconds=2)
# OriginateResponse is an event of the class "call".
EVENT_CLASSES = "call"
_MARK = "dialled_"

TOO_OLD = N_("The click is too old: nobody expects this call any more. Click again to call.")
MAYBE_DIALLED = N_(
    "The connection to Asterisk broke while dialling. The call may have been made, so it is not dialled again."
)
NOT_CONFIGURED = N_(
    "Dialling is not set up: the workers need TSUNAGU_ASTERISK_HOST, a user name and a secret. See docs/asterisk.md."
)
MEANINGLESS = N_(
    "TSUNAGU_ASTERISK_PORT and TSUNAGU_ASTERISK_RING_SECONDS need whole numbers, "
    "TSUNAGU_ASTERISK_CHANNEL a name with {extension}, such as PJSIP/{extension}."
)
RINGING = N_("The agent's phone was rung; the number is called when they pick up.")


@dataclass(frozen=True, slots=True)
class DialSetup:
    """The AMI user that may dial, and the PBX's dial plan."""

    account: Account
    plan: DialPlan


def dial_setup(environment: Mapping[str, str]) -> DialSetup:
    """Reads TSUNAGU_ASTERISK_…; the user for dialling falls back to the bridge's.

    Raises:
        NeedsConfiguration: something is missing or means nothing.
    """

    def read(name: str, default: str = "") -> str:
        return environment.get(name) or default

    tls = read("TSUNAGU_ASTERISK_TLS").lower() in ("1", "true", "yes", "on")
    host, port = read("TSUNAGU_ASTERISK_HOST"), read("TSUNAGU_ASTERISK_PORT", "5039" if tls else "5038")
    username = read("TSUNAGU_ASTERISK_ORIGINATE_USERNAME", read("TSUNAGU_ASTERISK_USERNAME", "tsunagu"))
    secret = read("TSUNAGU_ASTERISK_ORIGINATE_SECRET", read("TSUNAGU_ASTERISK_SECRET"))
    channel = read("TSUNAGU_ASTERISK_CHANNEL", "PJSIP/{extension}")
    seconds = read("TSUNAGU_ASTERISK_RING_SECONDS", "30")
    if not host or not secret:
        raise NeedsConfiguration(NOT_CONFIGURED)
    if not port.isdecimal() or not seconds.isdecimal() or channel.count("{extension}") != 1:
        raise NeedsConfiguration(MEANINGLESS)
    account = Account(host, int(port), username, secret, tls, read("TSUNAGU_ASTERISK_CA") or None)
    return DialSetup(account, DialPlan(channel, read("TSUNAGU_ASTERISK_CONTEXT", "internal"), int(seconds)))


class AsteriskPlugin:
    """Implements `on_click_to_call`; calls themselves come in by the bridge, a process of its own."""

    manifest = Manifest(
        name="asterisk",
        title=N_("Asterisk"),
        description=N_("Click-to-call through an Asterisk PBX. Its calls come in by the bridge."),
        version="0.1.0",
        deadline_seconds=50.0,
        concurrency=4,
        translations="plugins.asterisk",
        dials=True,
    )

    @hookimpl
    def on_click_to_call(self, context: PluginContext, event: NumberClicked) -> Result:
        _refuse_old(context, event)
        setup = dial_setup(os.environ)
        dial = Dial(CLIENT_REF_PREFIX + event.call.id, event.agent.extension, event.number)
        try:
            originate_headers(dial, setup.plan)
            with _connected(setup.account, context, event) as connection:
                _mark_dialled(context, event)
                originate(connection, dial, setup.plan)
        except CannotDialError as error:
            raise PermanentFailure(_sentence(error)) from error
        except AmiLostError as error:
            raise PermanentFailure(MAYBE_DIALLED) from error
        return Done(summary=RINGING)


def _refuse_old(context: PluginContext, event: NumberClicked) -> None:
    if context.clock() - event.occurred_at > FRESH:
        raise PermanentFailure(TOO_OLD)


def _connected(account: Account, context: PluginContext, event: NumberClicked) -> AmiConnection:
    """A connection; until here nothing was dialled, so trying again is safe while the click is fresh."""
    try:
        connection = AmiConnection(account, EVENT_CLASSES)
    except AmiRefusedError as error:
        raise NeedsConfiguration(_sentence(error)) from error
    except AmiError as error:
        if context.clock() + RETRY_AFTER - event.occurred_at > FRESH:
            raise PermanentFailure(Sentence("%(problem)s Click again to call.", problem=_sentence(error))) from error
        raise RetryLater(_sentence(error), after=RETRY_AFTER) from error
    try:
        _refuse_old(context, event)
    except PermanentFailure:
        connection.close()
        raise
    return connection


def _sentence(error: ToldError) -> Sentence:
    return Sentence(error.template, **error.values)


def _mark_dialled(context: PluginContext, event: NumberClicked) -> None:
    """Notes, before it is sent, that this click is dialled: a delivery repeated after a worker's death finds the note.

    Raises:
        PermanentFailure: it was noted before.
    """
    mark = f"{_MARK}{event.fact_id}"
    noted = context.settings.read()
    if mark in noted:
        raise PermanentFailure(MAYBE_DIALLED)
    now = context.clock()
    outdated = {name: None for name, at in noted.items() if name.startswith(_MARK) and _is_outdated(at, now)}
    context.settings.write({**outdated, mark: now.isoformat()})


def _is_outdated(at: str, now: datetime) -> bool:
    """Past its freshness a click is refused for its age alone."""
    return now - datetime.fromisoformat(at) > 2 * FRESH


plugin = AsteriskPlugin()
