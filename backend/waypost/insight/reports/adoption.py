"""Whether a feature is used: how many of the active people, how often, and whether it lasts."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from statistics import median

__all__ = ["SUSTAINED", "Adoption", "adoption", "sustained"]

SUSTAINED = 3  # distinct weeks of the four


@dataclass(frozen=True, slots=True)
class Adoption:
    """Over 28 local days. breadth: |F ∩ E| / |U ∩ E|; per_adopter: median events; None: nobody to divide by."""

    adopters: int
    active: int
    breadth: float | None
    per_adopter: float | None
    sustained: int
    sustained_share: float | None


def sustained(weeks: int) -> bool:
    """`weeks`: a bit for each of the four weeks of 7 days with a use."""
    return weeks.bit_count() >= SUSTAINED


def adoption(used: Mapping[int, tuple[int, int]], active: Set[int], entitled: Set[int] | None = None) -> Adoption:
    """`used`: person -> (events, weeks as bits); `entitled`: those who may use it, None for all."""
    adopters = {person for person in used if entitled is None or person in entitled}
    users = active if entitled is None else active & entitled
    lasting = sum(sustained(used[person][1]) for person in adopters)
    return Adoption(
        len(adopters),
        len(users),
        len(adopters) / len(users) if users else None,
        median(used[person][0] for person in adopters) if adopters else None,
        lasting,
        lasting / len(adopters) if adopters else None,
    )
