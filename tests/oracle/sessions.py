"""Sessions of a person: active events, a gap of 30 minutes or an age of 24 hours begins a new one. Section 1.1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from tests.oracle.history import DAY, MINUTE, Happening, in_order, length

__all__ = ["Visit", "returned", "running", "shown_numbers", "variables", "visits"]

GAP, LONGEST = 30 * MINUTE, DAY


class Visit(NamedTuple):
    number: int
    start: int
    last: int
    before: int | None  # the last active event of the visit before


def visits(history: Iterable[Happening]) -> list[Visit]:
    """Every session, by the definition: t − last ≥ 30 min, or t − start ≥ 24 h, begins the next."""
    times = [h["t"] for h in in_order(history) if h.get("active")]
    groups: list[list[int]] = []
    for t in times:
        if groups and t - groups[-1][-1] < GAP and t - groups[-1][0] < LONGEST:
            groups[-1].append(t)
        else:
            groups.append([t])
    return [Visit(i + 1, g[0], g[-1], groups[i - 1][-1] if i else None) for i, g in enumerate(groups)]


def running(history: Iterable[Happening], now: int) -> Visit | None:
    """The session that an active event at `now` would still belong to."""
    found = visits(history)
    if not found or now - found[-1].last >= GAP or now - found[-1].start >= LONGEST:
        return None
    return found[-1]


def returned(history: Iterable[Happening], after: str, now: int) -> bool:
    """The running session began at least so long after the last event of the one before."""
    visit = running(history, now)
    return visit is not None and visit.before is not None and visit.start - visit.before >= length(after)


def shown_numbers(arrivals: Sequence[Happening]) -> int:
    """session.n as rules saw it last: the number of the latest session, never decreased inside the same session."""
    shown, of = 0, None
    for i, h in enumerate(arrivals):
        if not h.get("active"):
            continue
        visit = visits(arrivals[: i + 1])[-1]
        same = of is not None and of >= visit.start  # the event it was shown for belongs to this session
        shown, of = (max(shown, visit.number) if same else visit.number), visit.last
    return shown


def variables(arrivals: Sequence[Happening], now: int) -> dict[str, Any]:
    """session.n, age_s, is_first and prev_gap_s; nothing when no session runs."""
    visit = running(arrivals, now)
    if visit is None:
        return {}
    n = shown_numbers(arrivals)
    values = {"n": n, "age_s": (now - visit.start) // 1_000, "is_first": n == 1}
    if visit.before is not None:
        values["prev_gap_s"] = (visit.start - visit.before) // 1_000
    return values
