"""Who stands for whom: to which Salesforce user the Tasks of a person here are assigned (R28)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from host.plugin_api import PluginContext, PluginError, SiteUser
from host.plugin_api.web import actor, said
from plugins.salesforce.assignees import Assignee, assignees_from
from plugins.salesforce.assigning import assign, refresh
from plugins.salesforce.client import Client
from plugins.salesforce.connecting import live_connection
from plugins.salesforce.connection import ConnectionInfo, connection_from
from plugins.salesforce.domain.assignee_match import Outcome, addresses, proposals
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.salesforce_users import (
    LONGEST_SEARCH,
    SHORTEST_SEARCH,
    search_users,
    users_by_email,
    users_by_id,
)
from plugins.salesforce.wording import N_

OUTCOME_TITLES = {
    Outcome.FOUND: N_("Will be assigned"),
    Outcome.OTHER: N_("Is assigned to somebody else"),
    Outcome.SAME: N_("Is assigned so already"),
    Outcome.SEVERAL: N_("Several users have this address: choose by hand"),
    Outcome.INACTIVE: N_("Not active in Salesforce"),
    Outcome.NONE: N_("No user has this address"),
}
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One person with their Salesforce user; `shared` is with how many others."""

    person: SiteUser
    assignee: Assignee | None
    shared: int


class AssigneePages:
    """Views of the assignments."""

    def __init__(self, context: PluginContext) -> None:
        self.context = context

    def show(self) -> ResponseReturnValue:
        stored = self.context.settings.read()
        lines = _lines(self._people(), assignees_from(stored))
        return render_template("salesforce/assignees.html", lines=lines, connection=connection_from(stored))

    def choose(self, user: int) -> ResponseReturnValue:
        """One person's page; with `q` the Salesforce users found, to htmx alone those."""
        person, text = self._person(user), request.args.get("q", "").strip()[:LONGEST_SEARCH]
        found, problem = self._found(text)
        alone = "HX-Request" in request.headers
        return render_template(
            "salesforce/assignee_found.html" if alone else "salesforce/assignee.html",
            person=person,
            assignee=assignees_from(self.context.settings.read()).get(person.id),
            connection=self._connection(),
            text=text,
            found=found,
            problem=problem,
            shortest=SHORTEST_SEARCH,
            longest=LONGEST_SEARCH,
        )

    def _found(self, text: str) -> tuple[Sequence[Assignee] | None, str]:
        """Those who were found; None where nothing was asked, since the text is too short."""
        if len(text) < SHORTEST_SEARCH or not text.isprintable():
            return None, ""
        return self._asked(lambda client: search_users(client, text))

    def assign(self, user: int) -> ResponseReturnValue:
        """Assign one person; without a user the assignment is taken away."""
        person, wanted = self._person(user), request.form.get("id", "")
        if not wanted:
            assign(self.context, {person.id: None}, actor())
            flash(_("The assignment was taken away."), "good")
            return redirect(url_for(".assignees"), 303)
        found, problem = self._asked(lambda client: users_by_id(client, [wanted]))
        chosen = (found or {}).get(wanted)
        if chosen is None or not chosen.active:
            flash(problem or _("This Salesforce user is not active (any more), so no Task can belong to them."), "error")
            return redirect(url_for(".assignee", user=person.id), 303)
        assign(self.context, {person.id: chosen}, actor())
        flash(_("%(person)s’s calls belong to %(user)s.", person=person.name, user=chosen.name), "good")
        return redirect(url_for(".assignees"), 303)

    def match(self) -> ResponseReturnValue:
        """What matching by e-mail would do; nothing is changed."""
        people = [person for person in self._people() if person.active and person.email]
        found, problem = self._asked(lambda client: users_by_email(client, addresses(people)))
        if found is None:
            flash(problem, "error")
            return redirect(url_for(".assignees"), 303)
        lines = proposals(people, found, assignees_from(self.context.settings.read()))
        return render_template("salesforce/assignee_match.html", lines=lines, titles=OUTCOME_TITLES, Outcome=Outcome)

    def apply(self) -> ResponseReturnValue:
        """Assign what was ticked in the preview, as Salesforce has it now."""
        wanted = self._ticked()
        if not wanted:
            flash(_("Nothing was ticked, so nothing was changed."), "info")
            return redirect(url_for(".assignees"), 303)
        found, problem = self._asked(lambda client: users_by_id(client, wanted.values()))
        if found is None:
            flash(problem, "error")
            return redirect(url_for(".assignees"), 303)
        chosen = {user: found[one] for user, one in wanted.items() if one in found and found[one].active}
        count = assign(self.context, chosen, actor())
        flash(ngettext("%(num)s person was assigned.", "%(num)s people were assigned.", count), "good")
        return redirect(url_for(".assignees"), 303)

    def _ticked(self) -> dict[int, str]:
        """The Salesforce Id by person, of those who are there."""
        known = {str(person.id): person.id for person in self._people()}
        pairs = (pair.partition(":") for pair in request.form.getlist("pair"))
        return {known[user]: wanted for user, _colon, wanted in pairs if user in known}

    def refresh(self) -> ResponseReturnValue:
        """Ask Salesforce whether the assigned users are still active."""
        assigned = {assignee.id for assignee in assignees_from(self.context.settings.read()).values()}
        found, problem = self._asked(lambda client: users_by_id(client, assigned))
        if found is None:
            flash(problem, "error")
            return redirect(url_for(".assignees"), 303)
        inactive = refresh(self.context, found)
        if inactive:
            text = ngettext("%(num)s assigned user is not active.", "%(num)s assigned users are not active.", inactive)
            flash(text, "warning")
        else:
            flash(_("All assigned users are active."), "good")
        return redirect(url_for(".assignees"), 303)

    def _asked(self, ask: Callable[[Client], Found]) -> tuple[Found | None, str]:
        """What Salesforce answers, or the sentence why it does not."""
        try:
            return ask(Client(live_connection(self.context), Purpose.OTHER)), ""
        except PluginError as problem:
            return None, said(problem.message)

    def _people(self) -> Sequence[SiteUser]:
        return self.context.users()

    def _person(self, user: int) -> SiteUser:
        return next((person for person in self._people() if person.id == user), None) or abort(404)

    def _connection(self) -> ConnectionInfo | None:
        return connection_from(self.context.settings.read())


def _lines(people: Sequence[SiteUser], assignees: dict[int, Assignee]) -> list[Line]:
    """All who are active here, and who is assigned although they are not."""
    shown = [person for person in people if person.active or person.id in assignees]
    uses = Counter(assignees[person.id].id for person in shown if person.id in assignees)
    lines = ((person, assignees.get(person.id)) for person in shown)
    return [Line(person=one, assignee=user, shared=uses[user.id] - 1 if user else 0) for one, user in lines]
