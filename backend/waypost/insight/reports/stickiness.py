"""How often people come back: daily, weekly and monthly active people, now and on the same days a year ago."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

__all__ = ["MONTH", "WEEK", "WEEKS", "YEAR", "Period", "Stickiness", "Week", "stickiness"]

WEEK, MONTH, YEAR = 7, 28, 364  # days: 28 and 364 are whole weeks, so weekdays weigh alike
WEEKS = 12  # drawn


@dataclass(frozen=True, slots=True)
class Period:
    """28 days: mean of the distinct active people a day, those of its last 7 days, those of all. None: nobody came."""

    dau: float
    wau: int
    mau: int
    stickiness: float | None


@dataclass(frozen=True, slots=True)
class Week:
    """Distinct active people in the 7 days that begin on `day`; None: the log began later. `year_ago`: 364 days before,
    None unless the log knows the whole week."""

    day: int
    active: int | None
    year_ago: int | None


@dataclass(frozen=True, slots=True)
class Stickiness:
    period: Period
    year_ago: Period | None  # None: the log did not begin early enough
    weeks: list[Week]  # oldest first


def stickiness(active: Mapping[int, Set[int]], today: int, log_from: int | None) -> Stickiness:
    """`active`: local day -> distinct active people; `log_from`: the first day of the log."""

    def known(last: int, days: int) -> bool:
        return log_from is not None and log_from <= last - days + 1

    weeks = []
    for back in range(WEEKS - 1, -1, -1):
        last = today - WEEK * back
        before = _distinct(active, last - YEAR, WEEK) if known(last - YEAR, WEEK) else None
        begun = log_from is not None and log_from <= last
        weeks.append(Week(last - WEEK + 1, _distinct(active, last, WEEK) if begun else None, before))
    earlier = _period(active, today - YEAR) if known(today - YEAR, MONTH) else None
    return Stickiness(_period(active, today), earlier, weeks)


def _period(active: Mapping[int, Set[int]], last: int) -> Period:
    dau = sum(len(active.get(day, ())) for day in range(last - MONTH + 1, last + 1)) / MONTH
    mau = _distinct(active, last, MONTH)
    return Period(dau, _distinct(active, last, WEEK), mau, dau / mau if mau else None)


def _distinct(active: Mapping[int, Set[int]], last: int, days: int) -> int:
    return len(set[int]().union(*(active.get(day, ()) for day in range(last - days + 1, last + 1))))
