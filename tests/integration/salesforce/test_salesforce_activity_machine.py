"""R26, R29, B12: the facts of a call in every order and any number of times, with lost answers and people's edits between.

Whatever happens, there is exactly one Task for each logged call once all is delivered, with our text as it stood last; and
nothing that a person has written into it is ever lost.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from cryptography.fernet import Fernet
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from host.config import Config
from host.plugin_api import RetryLater
from host.services import build_services
from tests.integration.salesforce.activity_site import SETTINGS, ActivitySite
from tests.integration.salesforce.conftest import SITE, Clock, Host, Org

FAULTS = ("drop-after", "drop-before", "unavailable", "bad-gateway", "error", "lock", "expired-session", "concurrency-limit")
ANSWERS = ("comes", "drop-after", "drop-before")
NUMBERS = ("+81312345678", "+81399999999")


class Activities(RuleBasedStateMachine):
    """One call, its facts and its Task."""

    org: ClassVar[Org]
    template: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name) / "tsunagu.db"
        shutil.copyfile(self.template, path)
        config = Config(
            database_url=f"sqlite:///{path}",
            secret_key="s" * 40,
            encryption_keys=(Fernet.generate_key().decode(),),
            url=SITE,
        )
        clock = Clock()
        self.site = ActivitySite(Host(build_services(config, clock=clock), self.org, clock))
        self.org.control("reset", {"seed": "empty"})
        self.site.host.connect("oauth")
        self.site.switch()
        self.words: list[str] = []
        self.serial = 0
        self.memo = self.summary = ""
        self.on, self.ended, self.deleted = True, False, False

    @initialize(number=st.sampled_from(NUMBERS))
    def a_call_begins(self, number: str) -> None:
        self.org.record("Contact", LastName="山田", MobilePhone="03-1234-5678")
        self.site.tell_end(self.site.call(None))  # reads the org's fields: so the next composite request writes
        self.site.delete(self.site.task()["Id"])
        self.call_id = self.site.call(number, ended=False)

    def _word(self, kind: str) -> str:
        self.serial += 1
        return f"{kind}{self.serial}"

    def _lose(self, answer: str) -> None:
        """The next write is done or not done, and nobody is told."""
        if answer != "comes":
            self.site.fault(answer, times=1)

    def _tell(self, tell: Any, fact: int | None = None) -> None:
        """As the host does it once; what has to be tried again is told again by a later rule or at the end."""
        try:
            tell(self.call_id, fact=fact) if fact else tell(self.call_id)
        except RetryLater:
            self.site.host.clock.advance(seconds=15)

    @precondition(lambda self: not self.ended)
    @rule(answer=st.sampled_from(ANSWERS))
    def it_ends(self, answer: str) -> None:
        self.site.end(self.call_id)
        self.ended = True
        self._lose(answer)
        self._tell(self.site.tell_end, 1)

    @precondition(lambda self: self.ended)
    @rule(again=st.booleans())
    def its_end_is_told_again(self, again: bool) -> None:
        self._tell(self.site.tell_end, 1 if again else None)

    @rule()
    def a_memo_is_written(self) -> None:
        self.memo = self._word("memo")
        self.site.write_memo(self.call_id, self.memo)

    @precondition(lambda self: self.memo)
    @rule(answer=st.sampled_from(ANSWERS))
    def the_memo_is_told(self, answer: str) -> None:
        self._lose(answer)
        self._tell(self.site.tell_memo)

    @rule()
    def an_analysis_is_done(self) -> None:
        self.summary = self._word("summary")
        self.site.analyse(self.call_id, self.summary)
        self._tell(self.site.tell_analysis)

    @rule(kind=st.sampled_from(FAULTS), after=st.integers(0, 2))
    def trouble_ahead(self, kind: str, after: int) -> None:
        self.site.fault(kind, path="composite|query|search", times=1, after=after)

    @rule(where=st.sampled_from(["above", "below", "instead"]))
    def a_person_edits_the_comment(self, where: str) -> None:
        for task in self.site.tasks():
            word, text = self._word("person"), task["Description"] or ""
            self.words = [*self.words, word] if where != "instead" else [word]
            if where == "instead" and self.memo in text and self.summary in text:
                self.removed = (self.memo, self.summary)
            edited = {"above": f"{word}\n{text}", "below": f"{text}\n{word}", "instead": word}[where]
            self.site.edit(task["Id"], Description=edited)

    @rule()
    def a_person_edits_the_subject(self) -> None:
        for task in self.site.tasks():
            self.subject = self._word("subject")
            self.site.edit(task["Id"], Subject=self.subject)

    @rule()
    def the_settings_are_switched(self) -> None:
        self.on = not self.on
        self.site.switch(SETTINGS if self.on else replace(SETTINGS, enabled=False))

    subject = ""
    removed = ("", "")

    def teardown(self) -> None:
        """All that waits is delivered, with the settings on and no more trouble: then all must be as it should."""
        try:
            if hasattr(self, "call_id"):
                self._settle()
                self._check()
        finally:
            self.site.host.services.database.engine.dispose()
            self.folder.cleanup()

    def _settle(self) -> None:
        self.org.control("faults", [])
        self.site.switch()
        if not self.ended:
            self.site.end(self.call_id)
        self.site.host.clock.advance(minutes=5)
        self.site.until_done(self.site.tell_end, self.call_id, fact=1)
        if self.memo:
            self.site.until_done(self.site.tell_memo, self.call_id)

    def _check(self) -> None:
        (task,) = self.site.tasks()
        text = task["Description"] or ""
        assert task["CallObject"] == self.call_id
        assert all(word in text for word in self.words), (self.words, text)
        if not self.words:
            assert text == "\n".join(filter(None, (self.memo, self.summary)))
        if self.removed != (self.memo, self.summary):  # what a person took out comes back only with something new to say
            assert self.memo in text, text
            assert self.summary in text, text
        assert not self.subject or task["Subject"] == self.subject
        used = self.org.used()
        self.site.until_done(self.site.tell_end, self.call_id, fact=1)
        assert self.org.used() == used, "what is up to date costs nothing"


def test_r29_one_task_with_the_last_text_in_every_order(org: Org, migrated_sqlite: Path) -> None:
    Activities.org, Activities.template = org, migrated_sqlite
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Activities,
        settings=settings(
            max_examples=12, stateful_step_count=14, deadline=None, suppress_health_check=checks, phases=[Phase.generate]
        ),
    )
