"""Whether people ask for help about the same thing again: by topic, and before and after a tip. Not causal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from waypost.model import DAY

__all__ = ["AGAIN", "Asked", "asked", "asked_again"]

AGAIN = 30 * DAY  # ms


@dataclass
class Asked:
    """People whose request was long enough ago to tell, those of them who asked again in time, and who it is early for."""

    people: set[int] = field(default_factory=set)
    again: set[int] = field(default_factory=set)
    early: set[int] = field(default_factory=set)

    @property
    def share(self) -> float | None:
        return len(self.again) / len(self.people) if self.people else None


def asked_again(times: Iterable[int], start: int, end: int, within: int = AGAIN) -> bool | None:
    """Whether the first request in [start, end) was followed by another in (t, t + within].

    None: there was none, or `end` came before a whole `within` had passed and nothing can be said.
    """
    inside = sorted(t for t in times if start <= t < end)
    if not inside or inside[0] + within > end:
        return None
    return any(inside[0] < t <= inside[0] + within for t in inside)


def asked(
    requests: Mapping[int, Sequence[int]], now: int, seen: Mapping[int, int] | None = None, *, after: bool = True
) -> Asked:
    """`requests`: person -> times (ms) of one topic. `seen`: person -> first view of a tip; only they count then,
    with what they asked `after` it or before it."""
    found = Asked()
    for person, times in requests.items():
        if seen is not None and person not in seen:
            continue
        start, end = 0, now
        if seen is not None:
            start, end = (seen[person], now) if after else (0, seen[person])
        again = asked_again(times, start, end)
        if again is None:
            if any(start <= t < end for t in times):
                found.early.add(person)
            continue
        found.people.add(person)
        if again:
            found.again.add(person)
    return found
