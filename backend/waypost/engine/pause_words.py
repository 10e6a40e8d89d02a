"""A CSM pause in words: who paused, whom, why, and what ends it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo

from waypost.engine.durations import instant, on_day
from waypost.model import Json, Pause

__all__ = ["pause_ends", "pause_over", "pause_values"]

OVER = {
    "time": ("its time had come", "вышло её время"),
    "event": ("“{event}” came", "пришло событие «{event}»"),
    "person": ("a person ended it", "её завершил человек"),
}


def pause_values(
    detail: Mapping[str, Json], lang: str, now: int | None, name: str | None, zone: tzinfo
) -> dict[str, str]:
    """What the sentence of a pause is filled with. `detail` as delivery.pause writes it."""
    russian = lang == "ru"
    author, reason, account = (str(detail.get(key) or "") for key in ("author", "reason", "account"))
    if account:
        whom = f"клиента «{account}»" if russian else f"the account {account}"
    elif russian:
        whom = f"пользователя {name}" if name else "этого пользователя"
    else:
        whom = name or "this person"
    by = (f"CSM ({author})" if author else "CSM") if russian else author or "a CSM"
    why = (f", причина: «{reason}»" if russian else f": “{reason}”") if reason else ""
    latest = detail.get("ends")
    ends = "" if latest is None else pause_ends(detail.get("until"), detail.get("event"), latest, lang, now, zone)
    return {"by": by, "whom": whom, "why": why, "ends": ends}


def pause_ends(
    until: int | None, event: str | None, latest: int, lang: str, now: int | None = None, zone: tzinfo = UTC
) -> str:
    """What would have to happen: time, an event, or the first of both."""
    day = on_day(latest, now, lang, zone)
    if lang == "ru":
        if not event:
            return f" Пауза закончится сама {day}."
        if until is None:
            return f" Пауза закончится, когда придёт событие «{event}», и в любом случае {day}."
        return f" Пауза закончится сама {day}, или когда придёт событие «{event}»."
    if not event:
        return f" It ends by itself {day}."
    if until is None:
        return f" It ends when “{event}” comes, and in any case {day}."
    return f" It ends by itself {day}, or when “{event}” comes."


def pause_over(pause: Pause, by: str, lang: str, zone: tzinfo = UTC) -> str:
    """That a pause is over, since when, and what ended it."""
    how = OVER[by][lang == "ru"].format(event=pause.until_event)
    when = instant(pause.over_at, lang, zone)
    if lang == "ru":
        return f"Эта пауза закончилась {when}: {how}. С тех пор приложение ещё не спрашивало."
    return f"That pause ended on {when}: {how}. The app has not asked since."
