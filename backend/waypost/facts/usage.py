"""Usage against its own norm: how far a subject's day counts fell below (or rose above) what is usual for it.

Only complete local days count, today is left out, so truth changes at local midnight alone. Source of every
formula: semantics, section 1.4.3.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from math import sqrt
from statistics import fmean, median, variance

from waypost.rules.plan import Usage

__all__ = ["LEAST_PEERS", "LEAST_WORKING_DAYS", "Norm", "departs", "norm_of", "reach_of"]

LEAST_WORKING_DAYS = 3  # Monday to Friday, left of a window after the days off; fewer say nothing
LEAST_PEERS = 5  # accounts of the same plan, this one among them; fewer are no yardstick


@dataclass(frozen=True, slots=True)
class Norm:
    """The recent sum R beside the baseline B (the median of windows), both scaled to full windows of working days."""

    recent: float
    base: float
    windows: tuple[float, ...]
    working: int  # days of work that the recent window holds

    def worked(self, peers: float | None) -> float:
        """Those days less what befell everybody: where others did 60 % of their usual, five days tell as three."""
        return self.working * (1.0 if peers is None else min(1.0, peers))

    @property
    def ratio(self) -> float:
        return self.recent / self.base

    def z(self, *, rose: bool) -> float:
        """How many standard errors of a quasi-Poisson count the recent sum lies below (above) the mean window."""
        mean = fmean(self.windows)
        spread = variance(self.windows) if len(self.windows) > 1 else 0.0
        phi = max(1.0, spread / mean)
        distance = self.recent - mean if rose else mean - self.recent
        return distance / sqrt(phi * mean * (1 + 1 / len(self.windows)))


def reach_of(usage: Usage) -> int:
    """How many days before today a reading looks at."""
    if usage.recent < 7:
        return max(usage.recent + 7 * usage.windows, usage.recent) + usage.lag
    return usage.recent * (usage.windows + 1) + usage.lag


def norm_of(
    usage: Usage, counts: Mapping[int, int], today: int, off: Collection[int] = (), unknown: int = 0
) -> Norm | None:
    """R and B at local day `today`; None when too few working days are left. With a frozen baseline B is 0.

    `unknown`: of so many days before today the counts are not complete; every window does without its last ones.
    """
    days = _recent(usage, today)[: max(0, usage.recent - unknown)]
    recent = _scaled(days, counts, off) if days else None
    if recent is None:
        return None
    windows = [_scaled(window[: len(days)], counts, off) for window in _baseline(usage, today)]
    known = tuple(window for window in windows if window is not None)
    if usage.windows and not known:
        return None
    working = _working(day for day in days if day not in off)
    return Norm(recent, median(known) if known else 0.0, known, working)


def _recent(usage: Usage, today: int) -> range:
    return range(today - usage.recent, today)


def _baseline(usage: Usage, today: int) -> Sequence[range]:
    """Windows of equal length before the recent one; those shorter than a week are on the same weekdays."""
    step = 7 if usage.recent < 7 else usage.recent
    ends = [today - usage.lag - step * (i + 1) for i in range(usage.windows)]
    return [range(end - usage.recent, end) for end in ends]


def _scaled(days: range, counts: Mapping[int, int], off: Collection[int]) -> float | None:
    """The sum over a window; with days off in it, that over the others, as if all its working days had been worked.

    Only working days count in the scale: a weekend in a week of three days off is no stand-in for them.
    """
    left = [day for day in days if day not in off] if off else days
    found = float(sum(map(counts.get, left, repeat(0))))
    if len(left) == len(days):
        return found
    working = _working(left)
    return None if working < LEAST_WORKING_DAYS else found * _working(days) / working


def _working(days: Iterable[int]) -> int:
    return sum((day + 3) % 7 < 5 for day in days)  # 1970-01-01 was a Thursday


def departs(usage: Usage, norm: Norm, *, rose: bool, peers: float | None, frozen: float | None) -> bool:
    """Whether usage fell (rose) by at least `by`. `peers`: the median ratio of other accounts, taken out.

    `frozen`: the baseline of the open task, for a usage with a frozen one; without it nothing can be said.
    """
    base = frozen if not usage.windows else norm.base
    if base is None or base <= 0 or (usage.windows and base < usage.min_base):
        return False
    ratio = norm.recent / base
    if peers is not None and peers > 0:
        ratio /= peers
    change = ratio - 1 if rose else 1 - ratio
    if change < usage.by or norm.worked(peers) < usage.min_days:
        return False
    return usage.guard is None or not usage.windows or norm.z(rose=rose) >= usage.guard
