"""How well a chain of features is gone through: launches, each step, where attempts end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

from waypost.facts.chains import deadline, step_chain
from waypost.facts.progress import progress_index
from waypost.facts.subject import ChainState
from waypost.model import OrderKey
from waypost.rules.plan import Chain

__all__ = ["Attempt", "Health", "Hit", "Step", "attempts", "health"]


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """An event that touches a chain: `key` correlates, `roles` descend, see facts/chains.py."""

    order: OrderKey
    key: str
    roles: tuple[int, ...]
    person: int
    day: int


@dataclass
class Attempt:
    """`reached[i]`: when step i + 1 was first reached, ms."""

    person: int
    day: int
    reached: list[int]
    state: Literal["open", "done", "abandoned", "interrupted"] = "abandoned"


@dataclass(frozen=True, slots=True)
class Step:
    """`reached`: attempts; share: c_i of all launches; conversion: c_i / c_(i − 1); median_ms since the step before."""

    reached: int
    share: float
    conversion: float | None
    median_ms: float | None


@dataclass(frozen=True, slots=True)
class Health:
    """index: 0 to 100; launch, middle, finish: its parts, each 0 to 1. A chain of two steps has no middle: None.

    Without a middle the other two weigh as before, scaled to 100. None: nobody launched, or nobody was there.
    """

    launches: int
    open: int
    done: int
    abandoned: int
    interrupted: int
    abandonment: float | None  # of all attempts that are over
    steps: list[Step] = field(default_factory=list)
    launch: float | None = None
    middle: float | None = None
    finish: float | None = None
    index: float | None = None


def attempts(chain: Chain, hits: Iterable[Hit], now: int) -> list[Attempt]:
    """What became of every attempt of one person (or account), oldest first. Not for chains within a session."""
    state, found = ChainState(), dict[str, Attempt]()
    for hit in sorted(hits):
        t, message_id = hit.order[0], hit.order[-1]
        before = state.lanes.get(hit.key)
        opened, interrupted = state.opened, state.interrupted
        complete = step_chain(chain, state, t, hit.key, hit.roles, message_id, "")
        name = message_id if state.opened > opened or before is None else before.attempt
        if state.opened > opened:
            found[name] = Attempt(hit.person, hit.day, [])
        attempt, lane = found.get(name), state.lanes.get(hit.key)
        if attempt is None:
            continue
        furthest = len(chain.steps) if complete else lane.furthest if lane else 0
        attempt.reached += [t] * (furthest - len(attempt.reached))
        if complete:
            attempt.state = "done"
        elif state.interrupted > interrupted:
            attempt.reached = attempt.reached or [t]
            attempt.state = "interrupted"
    for lane in state.lanes.values():
        if deadline(chain, lane, None) >= now and lane.attempt in found:
            found[lane.attempt].state = "open"
    return list(found.values())


def health(tries: Sequence[Attempt], steps: int, eligible: int) -> Health:
    """`steps`: k of the chain; `eligible`: people (or accounts) who could have launched."""
    count = {
        state: sum(one.state == state for one in tries) for state in ("open", "done", "abandoned", "interrupted")
    }
    launches = len(tries)
    over = launches - count["open"]
    plain = (launches, count["open"], count["done"], count["abandoned"], count["interrupted"])
    abandonment = count["abandoned"] / over if over else None
    if not launches:
        return Health(*plain, abandonment)
    reached = [sum(len(one.reached) > i for one in tries) for i in range(steps)]
    shares = [number / launches for number in reached]
    made = [
        Step(
            reached[i],
            shares[i],
            reached[i] / reached[i - 1] if i and reached[i - 1] else None,
            _median(one.reached[i] - one.reached[i - 1] for one in tries if len(one.reached) > i) if i else None,
        )
        for i in range(steps)
    ]
    between = shares[1:-1]
    launch = min(1.0, launches / eligible) if eligible else None
    middle = sum(between) / len(between) if between else None
    index = progress_index(launch, middle, shares[-1])
    return Health(*plain, abandonment, made, launch, middle, shares[-1], index)


def _median(values: Iterable[int]) -> float | None:
    listed = list(values)
    return median(listed) if listed else None
