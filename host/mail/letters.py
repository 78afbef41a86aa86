"""The letters of each kind: what is said of an alarm, of a digest, and in a test (R30, R32). No personal data is in any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from host.mail.letter import Group, Letter
from host.mail.words import Words
from host.sentences import Sentence

MOST_REASONS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAlarm:
    """An alarm as letters tell it. `times`: how often it was raised within the last hour."""

    plugin: str
    title: str
    text: str
    raised_at: datetime
    cleared_at: datetime | None = None
    cleared_text: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCount:
    """How much of one plugin's work failed for one reason. `name`: of the group in the inbox of errors, "" for a job."""

    plugin: str
    reason: str
    count: int
    name: str = ""


class Letters:
    """Writes letters in the words of one language, for one site. `url` has no slash at its end."""

    def __init__(self, words: Words, site: str, url: str) -> None:
        self._words = words
        self._site = site
        self._url = url

    def alarm(self, alarm: ToldAlarm) -> Letter:
        more = (self._flapping(alarm),) if alarm.times > 1 else ()
        return self._of_alarm(alarm, "alarm", Sentence("Needs attention"), (self._text(alarm), *more))

    def reminder(self, alarm: ToldAlarm) -> Letter:
        return self._of_alarm(alarm, "reminder", Sentence("Still not mended"), (self._text(alarm),))

    def recovery(self, alarm: ToldAlarm) -> Letter:
        gettext = self._words.gettext
        text = self._words.said(alarm.cleared_text, alarm.plugin) if alarm.cleared_text else gettext("It works again.")
        return self._of_alarm(alarm, "recovery", Sentence("It is over"), (text,), tone="good")

    def digest(self, counts: Sequence[ReasonCount], since: datetime, until: datetime) -> Letter:
        gettext = self._words.gettext
        total = sum(count.count for count in counts)
        title = self._words.said(Sentence("Integration errors: %(count)s", count=self._words.count(total)))
        hidden = len(counts) - MOST_REASONS
        more = (self._words.said(Sentence("Reasons not listed here: %(count)s.", count=hidden)),) if hidden > 0 else ()
        intro = gettext("This work failed or waits for a setting. It was not done, and it is kept.")
        return self._letter(
            "digest",
            "bad",
            Sentence("Digest of errors"),
            title,
            paragraphs=(intro, *more),
            facts=((gettext("Period"), f"{self._words.moment(since)} – {self._words.moment(until)}"),),
            groups=tuple(self._group(count) for count in counts[:MOST_REASONS]),
            link=(f"{self._url}/settings/errors", gettext("Open the errors")),
        )

    def test(self, at: datetime) -> Letter:
        gettext = self._words.gettext
        return self._letter(
            "test",
            "good",
            Sentence("Test mail"),
            self._words.said(Sentence("Mails from %(site)s arrive", site=self._site)),
            paragraphs=(gettext("You would be told here when an integration needs attention. There is nothing to do."),),
            facts=((gettext("Sent at"), self._words.moment(at)),),
            link=(f"{self._url}/settings/mail", gettext("Open the mail settings")),
        )

    def _of_alarm(
        self, alarm: ToldAlarm, kind: str, label: Sentence, paragraphs: tuple[str, ...], tone: str = "bad"
    ) -> Letter:
        plugin = self._words.title_of(alarm.plugin)
        opening = self._words.said(Sentence("Open the settings of %(plugin)s", plugin=plugin))
        return self._letter(
            kind,
            tone,
            label,
            self._words.said(alarm.title, alarm.plugin),
            paragraphs=paragraphs,
            facts=self._times(alarm),
            link=(f"{self._url}/settings/plugins/{alarm.plugin}", opening),
        )

    def _letter(
        self,
        kind: str,
        tone: str,
        label: Sentence,
        title: str,
        *,
        paragraphs: tuple[str, ...],
        link: tuple[str, str],
        facts: tuple[tuple[str, str], ...] = (),
        groups: tuple[Group, ...] = (),
    ) -> Letter:
        gettext = self._words.gettext
        shown = self._words.said(label)
        about = Sentence("[%(site)s] %(label)s: %(title)s", site=self._site, label=shown, title=title)
        return Letter(
            kind=kind,
            tone=tone,
            language=self._words.language,
            subject=self._words.said(about),
            label=shown,
            title=title,
            paragraphs=tuple(paragraph for paragraph in paragraphs if paragraph),
            facts=facts,
            groups=groups,
            link=link,
            footer=gettext("An administrator chose who gets these mails under Settings › Mail."),
            site=self._site,
        )

    def _times(self, alarm: ToldAlarm) -> tuple[tuple[str, str], ...]:
        gettext = self._words.gettext
        since = (gettext("Since"), self._words.moment(alarm.raised_at))
        if alarm.cleared_at is None:
            return (since,)
        until = (gettext("Until"), self._words.moment(alarm.cleared_at))
        return ((gettext("Began"), since[1]), until)

    def _text(self, alarm: ToldAlarm) -> str:
        return self._words.said(alarm.text, alarm.plugin)

    def _flapping(self, alarm: ToldAlarm) -> str:
        return self._words.said(
            Sentence(
                "It has begun %(count)s times within the last hour. While it comes and goes, not every time is told.",
                count=alarm.times,
            )
        )

    def _group(self, count: ReasonCount) -> Group:
        return Group(
            count=self._words.count(count.count),
            title=self._words.title_of(count.plugin),
            reason=self._words.said(count.reason, count.plugin),
            url=f"{self._url}/settings/errors" + (f"?open={count.name}" if count.name else ""),
        )
