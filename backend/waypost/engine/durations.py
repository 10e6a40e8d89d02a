"""Spans and instants as people say them, in English and Russian."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from waypost.model import DAY, HOUR, MINUTE, SECOND

__all__ = ["instant", "soon", "span"]

UNITS = {"en": ("d", "h", "min", "s"), "ru": ("д", "ч", "мин", "с")}
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def span(ms: int, lang: str) -> str:
    """The two largest parts: "3 h 10 min". Seconds are rounded up, so that nothing is promised too early."""
    left = max(SECOND, -(-ms // SECOND) * SECOND)
    if left > HOUR:
        left = -(-left // MINUTE) * MINUTE
    parts = []
    for size, unit in zip((DAY, HOUR, MINUTE, SECOND), UNITS[lang], strict=True):
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number} {unit}")
        elif parts:
            break
    return " ".join(parts[:2])


def soon(at: int, now: int | None, lang: str, zone: tzinfo = UTC) -> str:
    """When something comes: relative to `now` if that is known, else as an instant."""
    if now is None:
        return ("after " if lang == "en" else "после ") + instant(at, lang, zone)
    if at <= now:
        return "now" if lang == "en" else "сейчас"
    return ("in " if lang == "en" else "через ") + span(at - now, lang)


def instant(at: int, lang: str, zone: tzinfo = UTC) -> str:
    """23 Nov 2026, 20:41 UTC · 23.11.2026, 20:41 UTC"""
    when = datetime.fromtimestamp(at / 1000, zone)
    clock = f"{when:%H:%M} {when.tzname()}"
    if lang == "ru":
        return f"{when:%d.%m.%Y}, {clock}"
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}, {clock}"
