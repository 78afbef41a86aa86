"""B14: which grade comes of which findings, and what is said of them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from rich.console import Console

from host.testing.judging import loading
from host.testing.judging.evidence import Evidence
from host.testing.printing import conclusion, show, to_json
from host.testing.rule import NotApplicable, NotShown, Report, Rule, Tier, Verdict, judged
from host.testing.subject import Subject
from host.testing.trial.record import Trial


def fine(_evidence: object) -> Iterator[str]:
    return iter(())


def broken(_evidence: object) -> Iterator[str]:
    yield "It is broken."
    yield "It is broken."


def absent(_evidence: object) -> Iterator[str]:
    raise NotApplicable("There is no such thing.")
    yield ""


def unseen(_evidence: object) -> Iterator[str]:
    raise NotShown("Nobody showed it.")
    yield ""


def rule(name: str, tier: Tier, judge: object, *needs: str) -> Rule:
    return Rule(id=name, tier=tier, title=f"{name} holds", why="It hurts.", mend="Mend it.", needs=needs, judge=judge)  # type: ignore[arg-type]


def report(*judges: object, needs: tuple[str, ...] = ()) -> Report:
    """One rule for each grade, in their order."""
    tiers = (Tier.BRONZE, Tier.SILVER, Tier.GOLD)
    rules = [
        rule(tier.title, tier, judge, *(needs if tier is Tier.GOLD else ()))
        for tier, judge in zip(tiers, judges, strict=True)
    ]
    return Report(plugin="acme", version="1", distribution="acme-crm", findings=judged(rules, None))


@pytest.mark.parametrize(
    ("judges", "tier", "said"),
    [
        ((fine, fine, fine), Tier.GOLD, "gold"),
        ((fine, absent, fine), Tier.GOLD, "gold"),
        ((fine, fine, unseen), Tier.SILVER, "silver; gold lacks gold"),
        ((fine, broken, fine), Tier.BRONZE, "bronze; silver lacks silver"),
        ((fine, unseen, fine), Tier.BRONZE, "bronze; silver lacks silver"),
        ((broken, fine, fine), Tier.NONE, "no grade; bronze lacks bronze"),
    ],
)
def test_b14_a_grade_needs_all_rules_up_to_it(judges: tuple[object, ...], tier: Tier, said: str) -> None:
    found = report(*judges)
    assert (found.tier, conclusion(found)) == (tier, said)


def test_b14_a_rule_whose_ground_is_missing_is_not_shown() -> None:
    found = report(fine, broken, fine, needs=("silver",))
    assert (found.of("gold").verdict, found.of("gold").reason) == (Verdict.NOT_SHOWN, "It can be tried when silver holds.")


def test_b14_the_same_fault_is_said_once() -> None:
    assert report(broken, fine, fine).of("bronze").faults == ("It is broken.",)


def test_b14_a_report_says_what_why_and_how() -> None:
    console = Console(record=True, width=100, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    show(report(fine, broken, unseen), console)
    said = console.export_text()
    for part in (
        "acme 1 (acme-crm)",
        "✗ silver: silver holds",
        "It is broken.",
        "It hurts.",
        "Mend it.",
        "Nobody showed it.",
    ):
        assert part in said
    assert said.rstrip().endswith("bronze; silver lacks silver")


def test_b14_a_report_as_json() -> None:
    whole = json.loads(to_json(report(fine, broken, absent)))
    assert (whole["plugin"], whole["tier"]) == ("acme", "bronze")
    assert [(each["rule"], each["verdict"]) for each in whole["findings"]] == [
        ("bronze", "passed"),
        ("silver", "failed"),
        ("gold", "not applicable"),
    ]


def names_of(**changes: object) -> list[str]:
    contract = {"rejected": "", "about": "", "name": "acme", **changes}
    subject = Subject(value="acme:plugin", name="acme", namesakes=tuple(changes.get("namesakes", ())))  # type: ignore[arg-type]
    return list(loading.names(Evidence(trial=Trial(subject=subject, steps={"contract": [contract]}))))


def test_b14_two_distributions_with_one_name_break_the_rule_about_names() -> None:
    assert names_of() == []
    assert "other-crm" in names_of(namesakes=("other-crm",))[0]
