"""How many new people got going in time. Whoever still has time left is not counted yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from waypost.facts.days import monday

__all__ = ["Activation", "Newcomer", "activated", "activation"]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """first_seen, and when the last event of the activation set was first done (None: not all of them), ms."""

    person: int
    first_seen: int
    day: int  # of first_seen
    completed: int | None


@dataclass
class Activation:
    """`cohorts`: the Monday that a week begins with -> [people, activated], mature people only."""

    people: int = 0
    activated: int = 0
    immature: int = 0
    cohorts: dict[int, list[int]] = field(default_factory=dict)

    @property
    def rate(self) -> float | None:
        return self.activated / self.people if self.people else None


def activated(one: Newcomer, within: int, now: int) -> bool | None:
    """Whether within `within` ms of the first sight, closed; None while there is time left."""
    if one.first_seen + within > now:
        return None
    return one.completed is not None and one.completed <= one.first_seen + within


def activation(people: Iterable[Newcomer], within: int, now: int) -> Activation:
    found = Activation()
    for one in people:
        got_going = activated(one, within, now)
        if got_going is None:
            found.immature += 1
            continue
        found.people += 1
        found.activated += got_going
        cohort = found.cohorts.setdefault(monday(one.day), [0, 0])
        cohort[0] += 1
        cohort[1] += got_going
    return found
