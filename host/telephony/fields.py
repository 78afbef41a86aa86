"""Fields of events: what a database can store and a person can mean, nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError, fields

from host.domain.visible_text import visible_line

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
LONGEST_SECONDS = 10_000_000.0


class Text(fields.Field[str]):
    """Text without NUL and lone surrogates, which no database stores. Too long: refused, or cut where `cut` is set.

    What is shown to people loses what they cannot see: whoever calls chooses their name, and could turn the text behind
    it around. `as_sent` keeps all, for names that only programs compare.
    """

    def __init__(self, longest: int, *, cut: bool = False, as_sent: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.longest = longest
        self.cut = cut
        self.as_sent = as_sent

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:  # noqa: ARG002 - marshmallow's
        if not isinstance(value, str):
            raise ValidationError("Not a valid string.")
        if not value.isprintable():
            if not is_storable(value):
                raise ValidationError("Holds a NUL character or half of a surrogate pair.")
            value = value if self.as_sent else visible_line(value)
        if len(value) > self.longest and not self.cut:
            raise ValidationError(f"Longer than {self.longest} characters.")
        return str(value[: self.longest])


class Moment(fields.Field[datetime]):
    """A moment in ISO 8601 with its offset from UTC, in this century."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:  # noqa: ARG002 - marshmallow's
        try:
            moment = datetime.fromisoformat(value)
        except (ValueError, TypeError):
            raise ValidationError("Not a moment in ISO 8601, such as 2026-11-22T08:42:42.677Z.") from None
        if moment.tzinfo is None:
            raise ValidationError("Needs an offset from UTC, such as Z or +09:00.")
        if not EARLIEST <= moment < LATEST:
            raise ValidationError("Not in this century.")
        return moment.astimezone(UTC)


class Seconds(fields.Field[float]):
    """A duration."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:  # noqa: ARG002 - marshmallow's
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("Not a number.")
        if not 0 <= value <= LONGEST_SECONDS:
            raise ValidationError(f"Not between 0 and {LONGEST_SECONDS:.0f} seconds.")
        return float(value)


class YesNo(fields.Boolean):
    """True or false, and none of the words and numbers that could mean it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:  # noqa: ARG002 - marshmallow's
        if not isinstance(value, bool):
            raise ValidationError("Not true or false.")
        return value


class WebAddress(Text):
    """An http or https address."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        address = super()._deserialize(value, attr, data, **kwargs)
        if not is_web_address(address):
            raise ValidationError("Not an http or https address.")
        return address


def is_storable(text: str) -> bool:
    """Whether every database can store this text."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
