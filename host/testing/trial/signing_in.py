"""The step that begins to connect by each auth method with nothing typed in, at a CRM that cannot be reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from host.connections.crm import callback_url
from host.connections.refusals import network
from host.plugin_api import AuthMethod, AuthSite, Grant, Manifest, PluginError, SignIn, auth_methods
from host.plugin_api.outgoing import http_session
from host.plugin_settings.fields import Kind, SettingsField, fields_of
from host.testing.trial.diary import Diary
from host.testing.workshop import SITE_URL

ADDRESS = "https://crm.example.com"
SECONDS = 15.0
TYPED: Mapping[Kind, Any] = {
    Kind.URL: ADDRESS,
    Kind.EMAIL: "ann@example.com",
    Kind.INTEGER: 1,
    Kind.NUMBER: 1.0,
    Kind.CHECKBOX: False,
    Kind.LINES: [],
}


def begin_to_connect(diary: Diary, manifest: Manifest) -> None:
    """Each method of the plugin's group."""
    if not manifest.auth_group:
        return
    site = AuthSite(
        callback_url=callback_url(SITE_URL, manifest.name),
        settings={each.name: _typed(each) for each in (fields_of(manifest.settings) if manifest.settings else ())},
        http=http_session(),
    )
    for method in auth_methods(manifest.auth_group, AuthMethod).usable:
        diary.begin("sign-in", method.name, seconds=SECONDS)
        diary.done("sign-in", method=method.name, fault=_fault(method, site))


def _typed(field: SettingsField) -> Any:
    if field.default not in (None, ""):
        return field.default
    return field.options[0][0] if field.options else TYPED.get(field.kind, "typed")


def _fault(method: AuthMethod, site: AuthSite) -> str:
    """What is wrong with the answer, or ""."""
    try:
        with network():
            begun: object = method.begin(site, dict.fromkeys((each.name for each in method.credentials), ""))
    except PluginError as problem:
        return "" if str(problem.message).strip() else "says nothing when nothing is typed in."
    except Exception as problem:  # noqa: BLE001 - whatever a method does, the trial is written down
        return f"fails with {type(problem).__name__} when nothing is typed in and the CRM cannot be reached."
    if isinstance(begun, SignIn):
        return "" if begun.state and begun.state in begun.url else "sends the browser away without its state."
    if isinstance(begun, Grant):
        return "says that it is connected though nothing was typed in." if method.credentials else ""
    return f"gives back {type(begun).__name__} instead of a SignIn or a Grant."
