"""AMI wire framing: bytes as they come from the socket become messages. Pure: any chunking gives the same messages."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_LINE = 65_536
MAX_HEADERS = 500
# A name sent by a caller may hold anything; no screen and no database wants these.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Message:
    """One AMI response or event: its header lines in order (a header may repeat)."""

    headers: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """The first value of a header; "" where it is missing, empty or Asterisk's `<unknown>`."""
        for key, value in self.headers:
            if key == name:
                return "" if value == "<unknown>" else value
        return ""

    @property
    def event(self) -> str:
        return self.get("Event")


class Decoder:
    """Cuts a byte stream into messages.

    Lines end in CRLF (LF alone is taken too) and are decoded whole, so a character split over two reads stays
    intact. What is no header line (the greeting, garbage) and what is longer than `MAX_LINE` bytes is dropped;
    the message around it is kept.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._skipping = False
        self._headers: list[tuple[str, str]] = []

    def feed(self, data: bytes) -> list[Message]:
        """Takes the next bytes and returns the messages they complete."""
        messages = []
        *complete, rest = data.split(b"\n")
        for part in complete:
            self._append(part)
            message = self._end_line()
            if message is not None:
                messages.append(message)
        self._append(rest)
        return messages

    def _append(self, part: bytes) -> None:
        if self._skipping:
            return
        self._rest += part
        if len(self._rest) > MAX_LINE:
            self._skipping = True
            self._rest.clear()

    def _end_line(self) -> Message | None:
        line, skipped = bytes(self._rest).removesuffix(b"\r"), self._skipping
        self._rest.clear()
        self._skipping = False
        if skipped:
            return None
        if not line:
            return self._end_message()
        header = parse_header(line)
        if header is not None and len(self._headers) < MAX_HEADERS:
            self._headers.append(header)
        return None

    def _end_message(self) -> Message | None:
        headers, self._headers = tuple(self._headers), []
        return Message(headers) if headers else None


def parse_header(line: bytes) -> tuple[str, str] | None:
    """`Name: value` as a pair, or None when the line is not one."""
    name, colon, value = line.decode("utf-8", "replace").partition(":")
    if not colon or not name or not name.replace("-", "").replace("_", "").isalnum():
        return None
    return name, _CONTROL.sub("", value).strip()


def encode(headers: Iterable[tuple[str, str]]) -> bytes:
    """Header lines as one AMI message.

    Raises:
        ValueError: a name or value holds CR, LF or NUL: it would inject headers of its own.
    """
    lines = []
    for name, value in headers:
        if any(c in "\r\n\0" for c in name + value):
            raise ValueError("An AMI header must not hold a line break.")
        lines.append(f"{name}: {value}\r\n")
    return ("".join(lines) + "\r\n").encode()
