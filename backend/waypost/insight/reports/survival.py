"""How long until it happens, when for some it has not happened yet: Kaplan and Meier (JASA 53, 1958)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Curve", "Point", "kaplan_meier"]


@dataclass(frozen=True, slots=True)
class Point:
    """At `t` (any unit) it happened to some of those still waiting; `survival` is the share that waits on after it."""

    t: float
    survival: float


@dataclass(frozen=True, slots=True)
class Curve:
    """`longest`: how far anybody was watched. Beyond it nothing is known, unless nobody waits any more."""

    points: list[Point]
    longest: float

    def share_by(self, t: float) -> float | None:
        """The share to whom it has happened by `t`; None where nobody was watched so long."""
        waiting = next((point.survival for point in reversed(self.points) if point.t <= t), 1.0)
        return None if t > self.longest and waiting > 0 else 1 - waiting

    @property
    def median(self) -> float | None:
        """The first `t` by which at least half are there; None while fewer are."""
        return next((point.t for point in self.points if point.survival <= 0.5), None)


def kaplan_meier(rows: Iterable[tuple[float, bool]]) -> Curve:
    """(how long, whether it happened then; else so long without) of each person. A tie counts the event first."""
    counted: dict[float, list[int]] = {}
    for t, happened in rows:
        counted.setdefault(t, [0, 0])[not happened] += 1
    waiting, survival, points = sum(map(sum, counted.values())), 1.0, []
    for t in sorted(counted):
        happened_now, left = counted[t]
        if happened_now:
            survival *= 1 - happened_now / waiting
            points.append(Point(t, survival))
        waiting -= happened_now + left
    return Curve(points, max(counted, default=0))
