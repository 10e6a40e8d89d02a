"""Spans and instants as people say them, in English and Russian."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from waypost.model import DAY, HOUR, MINUTE, SECOND

__all__ = ["instant", "on_day", "soon", "span"]

UNITS = {"en": ("d", "h", "min", "s"), "ru": ("д", "ч", "мин", "с")}
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
DAYS = {
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "ru": ["в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье"],
}
LONG_MONTHS = {
    "en": [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ],
    "ru": [
        "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
        "декабря",
    ],
}  # fmt: skip


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


def on_day(at: int, now: int | None, lang: str, zone: tzinfo = UTC) -> str:
    """on Friday 27 November, 09:00 UTC · в пятницу 27 ноября, 09:00 UTC; with the year when it is not this one."""
    when = datetime.fromtimestamp(at / 1000, zone)
    day = f"{DAYS[lang][when.weekday()]} {when.day} {LONG_MONTHS[lang][when.month - 1]}"
    if now is None or datetime.fromtimestamp(now / 1000, zone).year != when.year:
        day += f" {when.year}"
    return f"{'on ' if lang == 'en' else ''}{day}, {when:%H:%M} {when.tzname()}"
