"""The API usage as stacked bars: how high and where, without drawing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from plugins.salesforce.domain.purpose import Purpose

WIDTH = 720.0
HEIGHT = 140.0
GAP = 0.2  # of a bar's room


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One hour or one day; `calls` of ours by purpose."""

    begins_at: datetime
    calls: Mapping[Purpose, int]

    @property
    def total(self) -> int:
        return sum(self.calls.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The part of a bar for one purpose; `y` is its upper edge."""

    purpose: Purpose
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar from `x`, standing on the chart's lower edge."""

    span: Span
    x: float
    width: float
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """All bars, `WIDTH` × `HEIGHT`; the highest one fills the height."""

    bars: tuple[Bar, ...]
    width: float = WIDTH
    height: float = HEIGHT

    @property
    def total(self) -> int:
        return sum(bar.span.total for bar in self.bars)

    @property
    def busiest(self) -> Span:
        return max((bar.span for bar in self.bars), key=lambda span: span.total)

    @property
    def sums(self) -> dict[Purpose, int]:
        """Calls by purpose, those without any left out."""
        sums = {purpose: sum(bar.span.calls.get(purpose, 0) for bar in self.bars) for purpose in Purpose}
        return {purpose: calls for purpose, calls in sums.items() if calls}


def chart(spans: Sequence[Span]) -> Chart:
    """Bars for these spans, side by side; at least one span."""
    highest = max(span.total for span in spans) or 1
    room = WIDTH / len(spans)
    return Chart(
        bars=tuple(
            Bar(
                span=span,
                x=round((place + GAP / 2) * room, 2),
                width=round((1 - GAP) * room, 2),
                segments=_stacked(span, HEIGHT / highest),
            )
            for place, span in enumerate(spans)
        )
    )


def _stacked(span: Span, scale: float) -> tuple[Segment, ...]:
    segments = []
    bottom = HEIGHT
    for purpose in Purpose:
        height = span.calls.get(purpose, 0) * scale
        if height:
            bottom -= height
            segments.append(Segment(purpose=purpose, y=round(bottom, 2), height=round(height, 2)))
    return tuple(segments)
