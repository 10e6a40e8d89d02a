"""Durations as written in rules: "90s", "7d" (exactly 24 h each) and "7cd" (calendar days, today included)."""

from __future__ import annotations

import re
from functools import lru_cache

from waypost.model import DAY, HOUR, MINUTE, SECOND
from waypost.rules.plan import Span

__all__ = ["CALENDAR", "ROLLING", "duration", "parse_ms", "parse_span"]

ROLLING = r"^[0-9]{1,9}(ms|s|m|h|d)$"
CALENDAR = r"^[0-9]{1,3}cd$"
_UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_PART = re.compile(r"([0-9]{1,9})(ms|s|m|h|d)\Z")
_DAYS = re.compile(r"([0-9]{1,3})cd\Z")


def parse_ms(text: str) -> int:
    """Milliseconds. Raises ValueError for anything but one number and one unit."""
    found = _PART.match(text)
    if found is None:
        raise ValueError(text)
    return int(found[1]) * _UNITS[found[2]]


def duration(ms: int) -> str:
    """As it is written in rules, in the largest unit that fits."""
    return next(f"{ms // size}{unit}" for unit, size in reversed(_UNITS.items()) if ms % size == 0)


@lru_cache(maxsize=256)
def parse_span(text: str) -> Span:
    """The window of `last`: rolling or in calendar days. Raises ValueError."""
    days = _DAYS.match(text)
    return Span(days=int(days[1])) if days else Span(ms=parse_ms(text))
