"""One measured figure beside its baseline, and how figures are printed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Column, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`baseline` is in the same unit and from the same run; `ratio` is value ÷ baseline; `holds` answers `bar`."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    ratio: float | None = None
    bar: str = ""
    holds: bool = True


def measured(
    name: str,
    value: float,
    unit: str,
    *,
    baseline: float | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Figure:
    """A figure whose bar, if there is one, is for the ratio to its baseline."""
    ratio = value / baseline if baseline else None
    low = at_least is None or (ratio is not None and ratio >= at_least)
    high = at_most is None or (ratio is not None and ratio <= at_most)
    return Figure(
        name=name,
        value=value,
        unit=unit,
        baseline=baseline,
        ratio=ratio,
        bar=_bar("ratio", at_least, at_most),
        holds=low and high,
    )


def counted(name: str, value: float, unit: str, *, baseline: float, at_most: float) -> Figure:
    """A figure whose bar is for the value itself."""
    bar = _bar("value", None, at_most)
    return Figure(
        name=name, value=value, unit=unit, baseline=baseline, ratio=value / baseline, bar=bar, holds=value <= at_most
    )


def as_json(figures: Iterable[Figure]) -> str:
    """One object a line."""
    return "\n".join(json.dumps({**asdict(figure), "bar": figure.bar or None}) for figure in figures)


def as_table(figures: Iterable[Figure], console: Console) -> None:
    table = Table(*(Column(name, no_wrap=True) for name in ("figure", "value", "unit", "baseline", "ratio", "bar", "holds")))
    for figure in figures:
        verdict = "" if not figure.bar else "[green]yes[/]" if figure.holds else "[bold red]no[/]"
        table.add_row(
            figure.name,
            _number(figure.value),
            figure.unit,
            _number(figure.baseline),
            _number(figure.ratio),
            figure.bar,
            verdict,
        )
    console.print(table)


def percentile(values: list[float], share: float) -> float:
    """The value below which this share (0..1) of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _bar(what: str, at_least: float | None, at_most: float | None) -> str:
    if at_least is not None:
        return f"{what} >= {at_least:g}"
    return f"{what} <= {at_most:g}" if at_most is not None else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
