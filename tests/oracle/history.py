"""A history: everything that one subject did, as plain dicts. What section 1.1 says of events, order and days.

A happening has `id`, `t` (ms) and `name`, and may have `recv` (ms), `load`, `seq`, `index`, `props`, `active`,
`page`, `tz` (the zone in which its local day was counted when it came in).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

__all__ = [
    "DAY", "HOUR", "MINUTE", "SECOND", "Happening", "Place", "calendar_days", "day_of", "in_order", "length", "matches",
    "matching", "place", "week_of",
]  # fmt: skip

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}

Happening = Mapping[str, Any]
Place = tuple[int, str, int, int, int, str]
Where = Callable[[Any, Any], bool]


def length(text: str) -> int:
    """Milliseconds of "90s", "7d": elapsed time; a "d" is exactly 24 hours."""
    unit = text.lstrip("0123456789")
    return int(text.removesuffix(unit)) * UNITS[unit]


def calendar_days(text: str) -> int | None:
    """The number of local days of "7cd", or None for elapsed time."""
    return int(text.removesuffix("cd")) if text.endswith("cd") else None


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def day_of(t: int, zone: str) -> int:
    """The local day on which an instant falls, counted from 1970-01-01."""
    offset = datetime.fromtimestamp(t // 1_000, UTC).astimezone(_zone(zone)).utcoffset()
    assert offset is not None
    return (t + int(offset.total_seconds()) * 1_000) // DAY


def week_of(day: int) -> tuple[int, int]:
    """The ISO year and week of a local day."""
    year, week, _ = datetime.fromtimestamp(day * 86_400, UTC).isocalendar()
    return year, week


def place(h: Happening) -> Place:
    """The total order: (t, load_id or "", seq or 0, received_at, batch index, message_id)."""
    return (h["t"], h.get("load", ""), h.get("seq", 0), h.get("recv", h["t"]), h.get("index", 0), h["id"])


def in_order(history: Iterable[Happening]) -> list[Happening]:
    return sorted(history, key=place)


def matches(h: Happening, spec: Mapping[str, Any], where: Where, key_actions: Sequence[str] = ()) -> bool:
    """Whether a happening is the event of {"event": …, "where": …}. `where` judges the expression over event.*."""
    event = spec["event"]
    names = event["any"] if isinstance(event, dict) else [event]
    named = h["name"] in names or ("$active" in names and h.get("active", False))
    if not named and "$key_action" in names:
        named = h["name"] in key_actions
    condition = spec.get("where")
    return named and (condition is None or condition is True or where(condition, {"event": h.get("props", {})}))


def matching(
    history: Iterable[Happening], spec: Mapping[str, Any], where: Where, key_actions: Sequence[str] = ()
) -> list[Happening]:
    """The happenings that match, in order."""
    return [h for h in in_order(history) if matches(h, spec, where, key_actions)]
