"""Recorded AMI streams, and how one is made into a new call: other ids, channels and times. Pure but for reading."""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from plugins.asterisk.frames import Decoder, Message

_CHANNEL = re.compile(r"\b([A-Z][A-Za-z0-9]*/[^\s,;&\"]+?)-([0-9a-f]{8})(?![0-9a-f])")
_CLOCK = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded call: its events with their seconds after the first one (`start`, UTC)."""

    name: str
    start: datetime
    events: tuple[tuple[float, Message], ...]

    @property
    def ids(self) -> frozenset[str]:
        """The Uniqueids and Linkedids of its channels."""
        return frozenset(
            value
            for _, message in self.events
            for name, value in message.headers
            if name.lower().endswith(("uniqueid", "linkedid")) and "Bridge" not in name and value
        )

    def first(self, event: str) -> Message:
        return next(message for _, message in self.events if message.event == event)


def load(directory: Path) -> list[Recording]:
    """The recordings in a folder, by name: one folder each with an `ami.txt`.

    Raises:
        ValueError: there is none.
    """
    recordings = [_recording(path) for path in sorted(directory.glob("*/ami.txt"))]
    if not recordings:
        raise ValueError(f"There is no <call>/ami.txt in {directory}.")
    return recordings


def _recording(path: Path) -> Recording:
    events = [m for m in Decoder().feed(path.read_bytes()) if m.event and m.get("Timestamp")]
    if not events:
        raise ValueError(f"{path} holds no events with timestamps.")
    start = float(events[0].get("Timestamp"))
    timed = tuple((float(m.get("Timestamp")) - start, m) for m in events)
    return Recording(path.parent.name, datetime.fromtimestamp(start, UTC), timed)


class Renaming:
    """Makes one playing of a recording a call of its own.

    `words` are whole values to be replaced (a number, an extension), `endpoints` names of endpoints in channel names.
    """

    def __init__(
        self,
        recording: Recording,
        start: datetime,
        serial: Iterator[int],
        ids: Mapping[str, str] | None = None,
        words: Mapping[str, str] | None = None,
        endpoints: Mapping[str, str] | None = None,
    ) -> None:
        system = recording.events[0][1].get("SystemName") or "pbx"
        fresh = {old: f"{system}-{int(start.timestamp())}.{next(serial)}" for old in sorted(recording.ids)}
        self._ids = {**fresh, **(ids or {})}
        self._words, self._endpoints = words or {}, endpoints or {}
        self._shift = timedelta(seconds=int((start - recording.start).total_seconds()))
        self._suffixes: dict[str, str] = {}
        self._serial = serial
        longest_first = sorted(self._ids, key=len, reverse=True)
        self._id = re.compile("|".join(rf"{re.escape(old)}(?![\d.])" for old in longest_first))

    def apply(self, message: Message, at: datetime) -> list[tuple[str, str]]:
        """The headers of the message as they are sent at `at`."""
        return [
            (name, f"{at.timestamp():.6f}" if name == "Timestamp" else self._value(value)) for name, value in message.headers
        ]

    def _value(self, value: str) -> str:
        if value in self._words:
            return self._words[value]
        value = self._id.sub(lambda found: self._ids[found[0]], value)
        value = _CHANNEL.sub(lambda found: f"{self._endpoint(found[1])}-{self._suffix(found[2])}", value)
        return _CLOCK.sub(self._clock, value)

    def _endpoint(self, name: str) -> str:
        technology, _, endpoint = name.partition("/")
        return f"{technology}/{self._endpoints.get(endpoint, endpoint)}"

    def _suffix(self, suffix: str) -> str:
        if suffix not in self._suffixes:
            self._suffixes[suffix] = f"{next(self._serial):08x}"
        return self._suffixes[suffix]

    def _clock(self, found: re.Match[str]) -> str:
        at = datetime.strptime(found[0], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        return (at + self._shift).strftime("%Y-%m-%d %H:%M:%S")


def click_to_call(recording: Recording, channel_id: str, extension: str, number: str, name: str) -> Callable[..., Renaming]:
    """A renaming which makes a recorded click-to-call the one asked for by an Originate."""
    dialled = recording.first("OriginateResponse").get("Exten")
    agent = recording.first("Newchannel")
    old = agent.get("CallerIDNum")
    words = {dialled: number, old: extension, agent.get("CallerIDName"): name, f"{dialled}@trunk": f"{number}@trunk"}

    def rename(start: datetime, serial: Iterator[int]) -> Renaming:
        return Renaming(recording, start, serial, {agent.get("Linkedid"): channel_id}, words, {old: extension})

    return rename


def people(recordings: list[Recording]) -> dict[str, str]:
    """The names of the recorded extensions, for an Originate to another one than was recorded."""
    channels = itertools.chain.from_iterable(r.events for r in recordings)
    return {
        m.get("CallerIDNum"): m.get("CallerIDName")
        for _, m in channels
        if m.event == "Newchannel" and m.get("CallerIDName") and m.get("Context") == "internal"
    }
