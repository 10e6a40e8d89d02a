"""Occurrences of a relaxed chain (restart latest), by trying every choice of events."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

__all__ = ["occurrences"]


def occurrences(
    events: Sequence[tuple[int, str]], steps: str, within: int, gap: int | None, unless: str
) -> list[int]:
    """Places (in `events`, which are in order) of the completing events, skipping past the last event."""
    found: list[int] = []
    begin = 0
    for end, (_, name) in enumerate(events):
        if name == steps[-1] and _ends_here(events, steps, within, gap, begin, end):
            found.append(end)
            begin = end + 1
        elif name in unless:
            begin = end + 1
    return found


def _ends_here(
    events: Sequence[tuple[int, str]], steps: str, within: int, gap: int | None, begin: int, end: int
) -> bool:
    for earlier in combinations(range(begin, end), len(steps) - 1):
        picked = [events[i] for i in (*earlier, end)]
        times = [t for t, _ in picked]
        near = gap is None or all(b - a <= gap for a, b in pairwise(times))
        if "".join(name for _, name in picked) == steps and times[-1] - times[0] <= within and near:
            return True
    return False
