"""One attempt to deliver, what came of it, and when the next one is due."""

from __future__ import annotations

from dataclasses import dataclass

from waypost.model import DAY, HOUR, MINUTE, SECOND

__all__ = ["RETRIES", "Attempt", "next_attempt"]

RETRIES = (5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY)
"""Waits between attempts, each ±25 %; after the last the delivery is dead: it stays visible and can be replayed."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """It arrived when there is no error."""

    error: str = ""
    status: int | None = None  # of an HTTP answer
    wait: int = 0  # ms that the receiver asks to wait at least
    final: bool = False  # to try again would not help


def next_attempt(attempts: int, now: int, attempt: Attempt, random: float) -> int | None:
    """When to try again, after `attempts` earlier ones that failed. None = dead. `random`: 0 … 1."""
    if attempts >= len(RETRIES) or attempt.final:
        return None
    return now + max(int(RETRIES[attempts] * (0.75 + 0.5 * random)), attempt.wait)
