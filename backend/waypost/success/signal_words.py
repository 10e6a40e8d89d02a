"""The signals of an account as a list for people: what each is, its number, and whether it is good or bad."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from waypost.model import Json
from waypost.success.signals import Signals

__all__ = ["signals_shown"]

FAR = 0.3  # of usage against the norm, or of people from week to week
NARROW, WIDE = 0.3, 0.7  # share of seats in use, or of core features in sustained use
UNHAPPY, HAPPY = 0, 30  # NPS
QUIET = 21  # days without a key action

Tone = Callable[[Signals], int]
"""Below 0: bad, above 0: good."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """`field`: of Signals. `unit`: people, share, days, count, score, name, yes. `better`: which way is."""

    field: str
    en: str
    ru: str
    unit: str
    period: str = ""
    better: str = ""
    tone: Tone = lambda s: 0


def _more(value: float | None, bad: float, good: float) -> int:
    return 0 if value is None else -1 if value < bad else int(value >= good)


_SHOWN = (
    _Shown(
        "wau", "Active people", "Активные люди", "people", "7d", "up",
        lambda s: 0 if not s.wau_before else _more(s.wau / s.wau_before, 1 - FAR, 1 + FAR),
    ),
    _Shown("mau", "Active people", "Активные люди", "people", "28d", "up"),
    _Shown("stickiness", "Stickiness: daily people of monthly", "Липкость: дневные люди от месячных", "share", "28d", "up"),
    _Shown("breadth", "Seats in use", "Занятые места", "share", "28d", "up", lambda s: _more(s.breadth, NARROW, WIDE)),
    _Shown(
        "depth", "Core features in sustained use", "Основные функции в постоянном использовании", "share", "28d", "up",
        lambda s: _more(s.depth, NARROW, WIDE),
    ),
    _Shown(
        "fell", "Fall of usage against its own norm", "Падение использования к своей норме", "share", "7d", "down",
        lambda s: -1 if s.fell_far else int(s.fell is not None and s.fell <= -FAR),
    ),
    _Shown(
        "quiet_days", "Days since the last key action", "Дней с последнего ключевого действия", "days", "", "down",
        lambda s: -int(s.quiet_days is not None and s.quiet_days >= QUIET),
    ),
    _Shown("onboarding", "Onboarding index", "Индекс внедрения", "score", "", "up"),
    _Shown("nps", "NPS", "NPS", "score", "180d", "up", lambda s: _more(s.nps, UNHAPPY, HAPPY)),
    _Shown("answers", "Survey answers", "Ответы на опросы", "count", "180d"),
    _Shown("tickets", "Support requests", "Обращения в поддержку", "count", "14d", "down", lambda s: -int(s.tickets_rose)),
    _Shown("tickets_norm", "Support requests, usually", "Обращений обычно", "count", "14d"),
    _Shown(
        "tickets_severe", "Open severe tickets", "Открытые серьёзные обращения", "count", "", "down",
        lambda s: -int(bool(s.tickets_severe)),
    ),
    _Shown("contact", "Main contact", "Главный контакт", "name", "", "", lambda s: -int(s.contact_gone is True)),
    _Shown("contact_gone", "Main contact is gone", "Главный контакт пропал", "yes", "21d", "down", lambda s: -int(s.contact_gone is True)),
    _Shown("days_to_renewal", "Days to the renewal", "Дней до продления", "days"),
    _Shown("limit_hits", "Ran into a limit of the plan", "Упирались в ограничение тарифа", "count", "28d", "", lambda s: int(s.limit_hits > 0)),
)  # fmt: skip


def signals_shown(signals: Signals, lang: str) -> list[dict[str, Json]]:
    """Each with its number, None where it cannot be said. Shares are 0 to 1, tone is bad, good or ""."""
    return [
        {
            "id": one.field,
            "words": one.ru if lang == "ru" else one.en,
            "value": getattr(signals, one.field),
            "unit": one.unit,
            "period": one.period,
            "better": one.better,
            "tone": ("bad", "", "good")[1 + one.tone(signals)],
        }
        for one in _SHOWN
    ]
