"""did, count, days, weeks: count what lies in the window. Section 1.4."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.oracle.history import Happening, calendar_days, day_of, length, week_of

__all__ = ["SATURATION", "count", "days", "did", "in_window", "weeks"]

SATURATION = 1_000


def in_window(h: Happening, args: Mapping[str, Any], now: int, zone: str, session_start: int | None) -> bool:
    """(now − D, now] for a rolling window; the last N local days, today included, for "Ncd"; the running session."""
    if h["t"] > now:
        return False
    if args.get("in") == "session":
        return session_start is not None and int(h["t"]) >= session_start
    last = args.get("last")
    if last is None:
        return True
    number = calendar_days(last)
    if number is None:
        return now - length(last) < int(h["t"])
    today = day_of(now, zone)
    return today - number < day_of(h["t"], h.get("tz", zone)) <= today


def _inside(
    found: Iterable[Happening], args: Mapping[str, Any], now: int, zone: str, session_start: int | None
) -> list[Happening]:
    return [h for h in found if in_window(h, args, now, zone, session_start)]


def count(
    found: Iterable[Happening], args: Mapping[str, Any], now: int, zone: str, session_start: int | None = None
) -> int:
    """How many of the matching happenings lie in the window; 1,000 at most."""
    return min(SATURATION, len(_inside(found, args, now, zone, session_start)))


def did(
    found: Iterable[Happening], args: Mapping[str, Any], now: int, zone: str, session_start: int | None = None
) -> bool:
    """min ≤ number in the window ≤ max; min is 1 when not written."""
    number = len(_inside(found, args, now, zone, session_start))
    return bool(args.get("min", 1) <= number <= args.get("max", number))


def _distinct(
    found: Iterable[Happening], args: Mapping[str, Any], now: int, zone: str, of_day: Callable[[int], object]
) -> int:
    return len({of_day(day_of(h["t"], h.get("tz", zone))) for h in _inside(found, args, now, zone, None)})


def days(found: Iterable[Happening], args: Mapping[str, Any], now: int, zone: str) -> int:
    """Distinct local days of the window with at least one."""
    return _distinct(found, args, now, zone, lambda day: day)


def weeks(found: Iterable[Happening], args: Mapping[str, Any], now: int, zone: str) -> int:
    """Distinct ISO weeks of the window's days with at least one."""
    return _distinct(found, args, now, zone, week_of)
