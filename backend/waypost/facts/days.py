"""Local days: which day an instant falls on, and when the next one begins."""

from __future__ import annotations

from datetime import datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from waypost.model import DAY, HOUR

__all__ = ["local_day", "local_instant", "monday", "next_midnight", "zone"]


@lru_cache(maxsize=512)
def zone(name: str, fallback: str = "UTC") -> tzinfo:
    """The IANA zone, or the fallback when the name means nothing."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, malformed, a folder
        return ZoneInfo(fallback)


def local_day(t: int, tz: tzinfo) -> int:
    """The local day number (days since 1970-01-01) of an instant."""
    return datetime.fromtimestamp(t / 1000, tz).date().toordinal() - 719_163


def local_instant(text: str, tz: tzinfo) -> int:
    """The instant (ms) of a local "YYYY-MM-DDTHH:MM"."""
    return int(datetime.fromisoformat(text).replace(tzinfo=tz).timestamp() * 1000)


def monday(day: int) -> int:
    """The Monday of the ISO week of a local day; day 0 was a Thursday."""
    return day - (day + 3) % 7


def next_midnight(now: int, tz: tzinfo) -> int:
    """The first instant of the next local day, found by bisection so that daylight saving needs no case."""
    today, low, high = local_day(now, tz), now, now + DAY + 2 * HOUR
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if local_day(middle, tz) == today else (low, middle)
    return high
