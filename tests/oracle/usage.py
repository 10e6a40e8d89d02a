"""dropped and rose: usage against the subject's own norm. Section 1.4.3, formula by formula."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from statistics import mean, median, variance

__all__ = ["Usage", "dropped", "rose", "usage"]

LEAST_WORKING_DAYS, FRIDAY = 3, 5


@dataclass(frozen=True)
class Usage:
    """What the formulas give. None where nothing can be said."""

    recent: float | None  # R
    windows: list[float]  # B_1 … B_k, the nearest first
    base: float | None  # B, the median
    drop: float | None  # 1 − R/B; negative when usage rose
    phi: float | None
    z: float | None  # (mean of B_i − R) in quasi-Poisson standard errors
    days: float = 0  # of work in the recent window; with peers below their norm, that share of them


def usage(
    days: Mapping[int, float],
    today: int,
    recent: int,
    windows: int,
    *,
    lag: int = 0,
    holidays: Collection[int] = (),
    peers: Sequence[float] | None = None,
) -> Usage:
    """`days`: local day -> count. Complete days only: the recent window ends yesterday.

    `lag` days lie between the recent window and the nearest baseline window. `peers`: R_j/B_j of the accounts of the
    same plan; R/B is then divided by their median.
    """
    end = today - 1
    r = _sum(days, end, recent, holidays)
    found = [_sum(days, end - recent - lag - i * recent, recent, holidays) for i in range(windows)]
    known = [b for b in found if b is not None]
    if r is None or not known:
        return Usage(r, known, None, None, None, None)
    base, average = median(known), mean(known)
    ratio = r / base if base else None
    if ratio is not None and peers is not None:
        ratio = ratio / median(peers) if peers and median(peers) else None
    phi = max(1.0, variance(known) / average) if len(known) > 1 and average else 1.0
    error = sqrt(phi * average * (1 + 1 / len(known)))
    z = (average - r) / error if error else None
    days: float = sum(_weekday(day) <= FRIDAY for day in range(today - recent, today) if day not in holidays)
    if peers is not None and median(peers) < 1:
        days *= median(peers)
    return Usage(r, known, base, None if ratio is None else 1 - ratio, phi, z, days)


def _sum(days: Mapping[int, float], end: int, size: int, holidays: Collection[int]) -> float | None:
    """The sum over `size` days up to `end`, holidays left out and scaled back to all its working days.

    A working day is a Monday to Friday. None with fewer than three of them left (only where holidays are in the span).
    """
    span = range(end - size + 1, end + 1)
    kept = [day for day in span if day not in holidays]
    if len(kept) == len(span):
        return sum(days.get(day, 0) for day in span)
    working = [day for day in kept if _weekday(day) <= FRIDAY]
    if len(working) < LEAST_WORKING_DAYS:
        return None
    return sum(days.get(day, 0) for day in kept) * sum(_weekday(day) <= FRIDAY for day in span) / len(working)


def _weekday(day: int) -> int:
    return (date(1970, 1, 1) + timedelta(days=day)).isoweekday()


def dropped(found: Usage, by: float, min_base: float, guard: float | None = None, tenure_days: int | None = None,
            needed_days: int = 0, frozen: float | None = None, min_days: float = 0) -> bool:  # fmt: skip
    """B ≥ min_base, drop ≥ by, the noise guard passes, and the subject is old enough ((k+1)·r days).

    `min_days`: of work that the recent window must hold.

    `frozen`: the base stored when the episode opened; then only R against it counts.
    """
    if (tenure_days is not None and tenure_days < needed_days) or found.days < min_days:
        return False
    if frozen is not None:
        return found.recent is not None and frozen >= min_base and 1 - found.recent / frozen >= by
    if found.base is None or found.drop is None or found.base < min_base:
        return False
    return found.drop >= by and (guard is None or (found.z is not None and found.z >= guard))


def rose(found: Usage, by: float, min_base: float, guard: float | None = None, tenure_days: int | None = None,
         needed_days: int = 0, min_days: float = 0) -> bool:  # fmt: skip
    """The mirror: R/B − 1 ≥ by, with the same guards."""
    if (tenure_days is not None and tenure_days < needed_days) or found.days < min_days:
        return False
    if found.base is None or found.drop is None or found.base < min_base:
        return False
    return -found.drop >= by and (guard is None or (found.z is not None and -found.z >= guard))
