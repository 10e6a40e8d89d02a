"""Medians of interleaved rounds: what is compared is measured side by side, so that a noisy machine is fair."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["Case", "measured"]

ROUND_S = 0.01  # each case runs about so long in a round


@dataclass(frozen=True)
class Case:
    """`run(n)` does the work n times."""

    name: str
    run: Callable[[int], object]


def measured(cases: list[Case], rounds: int, clock: Callable[[], float] = time.perf_counter) -> Mapping[str, float]:
    """Microseconds per call: the median over rounds, in each of which every case has its turn."""
    numbers = {case.name: max(1, int(ROUND_S / _seconds(case, 3, clock) * 3)) for case in cases}
    times: dict[str, list[float]] = {case.name: [] for case in cases}
    gc.disable()
    try:
        for turn in range(rounds):
            first = turn % len(cases)
            for case in [*cases[first:], *cases[:first]]:
                number = numbers[case.name]
                times[case.name].append(_seconds(case, number, clock) / number * 1e6)
            gc.collect()
    finally:
        gc.enable()
    return {name: statistics.median(taken) for name, taken in times.items()}


def _seconds(case: Case, number: int, clock: Callable[[], float]) -> float:
    start = clock()
    case.run(number)
    return clock() - start
