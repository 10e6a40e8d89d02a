"""The one source of now. The demo moves it forward; the offset is kept in the database."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Clock", "wall_ms"]


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


class Clock:
    """`now` rules decisions and what is received; `wall` rules tokens and leases, which the demo must not move."""

    def __init__(self, wall: Callable[[], int] = wall_ms, offset: int = 0) -> None:
        self.wall = wall
        self.offset = offset  # ms

    def now(self) -> int:
        return self.wall() + self.offset
