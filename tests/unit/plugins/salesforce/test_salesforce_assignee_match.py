"""R28: who of the site is who in Salesforce, by e-mail address."""

from __future__ import annotations

import pytest

from host.plugin_api import SiteUser
from plugins.salesforce.assignees import Assignee, assignees_from, assignees_to_json, assignments, inactive_users
from plugins.salesforce.domain.assignee_match import Outcome, addresses, proposals

SATO = SiteUser(id=1, name="佐藤 美咲", email="sato@example.co.jp")
ALICE = Assignee(id="005A", name="佐藤 アリス", email="Sato@Example.co.jp")
OTHER = Assignee(id="005B", name="鈴木 次郎", email="sato@example.co.jp")
GONE = Assignee(id="005C", name="高橋 春香", email="sato@example.co.jp", active=False)

CASES = [
    pytest.param([ALICE], {}, Outcome.FOUND, "005A", id="one with this address, whatever the case of its letters"),
    pytest.param([GONE, ALICE], {}, Outcome.FOUND, "005A", id="an inactive one does not make it two"),
    pytest.param([ALICE], {1: OTHER}, Outcome.OTHER, "005A", id="chosen by hand before"),
    pytest.param([ALICE], {1: ALICE}, Outcome.SAME, "005A", id="so already"),
    pytest.param([ALICE, OTHER], {}, Outcome.SEVERAL, None, id="several"),
    pytest.param([ALICE, OTHER], {1: OTHER}, Outcome.SAME, None, id="several, one of them chosen by hand"),
    pytest.param([GONE], {}, Outcome.INACTIVE, None, id="inactive only"),
    pytest.param([], {1: OTHER}, Outcome.NONE, None, id="nobody"),
]


@pytest.mark.parametrize(("found", "present", "outcome", "user"), CASES)
def test_r28_what_the_match_proposes(
    found: list[Assignee], present: dict[int, Assignee], outcome: Outcome, user: str | None
):
    (line,) = proposals([SATO], found, present)
    assert line.outcome is outcome
    if outcome in (Outcome.FOUND, Outcome.OTHER):
        assert line.user is not None
        assert line.user.id == user


def test_r28_several_people_may_share_one_user():
    people = [SATO, SiteUser(id=2, name="佐藤 (内線 2)", email=" SATO@example.co.jp ")]
    assert [line.outcome for line in proposals(people, [ALICE], {})] == [Outcome.FOUND, Outcome.FOUND]


def test_r28_in_a_sandbox_org_the_addresses_end_otherwise():
    masked = Assignee(id="005A", name="佐藤 アリス", email="sato@example.co.jp.invalid")
    assert proposals([SATO], [masked], {})[0].outcome is Outcome.FOUND
    assert addresses([SATO]) == ["sato@example.co.jp", "sato@example.co.jp.invalid"]


def test_r28_assignments_are_kept_and_read():
    stored = {"assignees": assignees_to_json({2: GONE, 1: ALICE})}
    assert assignees_from(stored) == {1: ALICE, 2: GONE}
    assert assignments(stored) == {1: "005A", 2: "005C"}
    assert inactive_users(stored) == {"005C"}
    assert assignees_from({}) == {}
