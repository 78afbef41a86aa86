"""How long to wait before trying again: doubling, with jitter, up to a ceiling."""

import random


def delay(attempt: int, *, first: float, longest: float) -> float:
    """Seconds to wait after the `attempt`-th failure (1, 2, …): between half and the whole of first · 2^(attempt-1)."""
    whole = min(longest, first * 2.0 ** min(attempt - 1, 30))
    return whole * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
