"""The mail settings: server, sender, who is told and how often; a test mail; and the mails of late (R30)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from host.domain.telling import DigestEvery
from host.mail.administration import PasswordMissing, Tried, mail_settings, save_mail_settings, send_test
from host.mail.outbox import latest_mails
from host.mail.settings import Security, has_password
from host.mail.smtp import MailRefused
from host.plugin_api.web import actor
from host.web.pages.current import asked_by_htmx, services
from host.web.pages.forms import read_form
from host.web.pages.guard import settings_blueprint
from host.web.pages.mail_form import MailForm, TrialForm, settings_from, typed_from
from host.web.pages.preferences import LANGUAGES
from host.web.pages.sentences import said

SHOWN = 30
UNPROCESSABLE = 422
Errors = Mapping[str, Sequence[str]]
blueprint = settings_blueprint("mail_settings", "/mail")


@blueprint.get("")
def index() -> str:
    return _page(typed_from(mail_settings(services())))


@blueprint.post("")
def save() -> ResponseReturnValue:
    form = read_form(MailForm)
    if not form.valid:
        return _page(form.values, form.errors), UNPROCESSABLE
    try:
        save_mail_settings(services(), settings_from(form.values), form.values["password"], by=actor())
    except PasswordMissing:
        return _page(request.form, _password_missing()), UNPROCESSABLE
    flash(_("Saved."), "success")
    return redirect(url_for("mail_settings.index"))


@blueprint.post("/test")
def test() -> ResponseReturnValue:
    """Send a test mail with what is typed; the answer to htmx is only what came of it, so that the form stays."""
    form = read_form(TrialForm)
    if not form.valid:
        return _tested(errors=form.errors)
    try:
        tried = send_test(services(), settings_from(form.values), form.values["password"])
    except PasswordMissing:
        return _tested(errors=_password_missing())
    except MailRefused as refused:
        return _tested(refused=said(refused.message))
    return _tested(tried=tried)


def _tested(tried: Sequence[Tried] = (), refused: str = "", errors: Errors | None = None) -> ResponseReturnValue:
    outcome = {"tried": tried, "refused": refused, "errors": errors or {}}
    if asked_by_htmx():
        return render_template("settings/mail_test.html", outcome=outcome, labels=_labels())
    return _page(request.form, errors, outcome), UNPROCESSABLE if errors or refused else 200


def _page(typed: Mapping[str, Any], errors: Errors | None = None, outcome: Mapping[str, Any] | None = None) -> str:
    with services().database.reading() as connection:
        sent = latest_mails(connection, SHOWN)
        kept = has_password(connection)
    return render_template(
        "settings/mail.html",
        typed=typed,
        errors=errors or {},
        outcome=outcome,
        labels=_labels(),
        settings=mail_settings(services()),
        mails=sent,
        has_password=kept,
        securities=_securities(),
        mail_languages=LANGUAGES,
        digests=_digests(),
    )


def _password_missing() -> Errors:
    return {"password": [_("Enter the password again: server, port, encryption or user name were changed.")]}


def _securities() -> list[tuple[str, str]]:
    return [
        (Security.STARTTLS.value, _("STARTTLS (usually port 587)")),
        (Security.TLS.value, _("TLS (usually port 465)")),
        (Security.NONE.value, _("None (usually port 25)")),
    ]


def _digests() -> list[tuple[str, str]]:
    return [
        (DigestEvery.DAILY.value, _("Once a day")),
        (DigestEvery.HOURLY.value, _("Every hour")),
        (DigestEvery.OFF.value, _("Never")),
    ]


def _labels() -> dict[str, str]:
    return {
        "host": _("SMTP server"),
        "port": _("Port"),
        "security": _("Encryption"),
        "user": _("User name"),
        "password": _("Password"),
        "sender": _("Sender address"),
        "sender_name": _("Sender name"),
        "recipients": _("Recipients"),
        "language": _("Language of the mails"),
        "digest": _("Digest of other errors"),
        "digest_at": _("Time of the daily digest"),
    }
