"""The reasons of a rank, and room to grow, in words."""

from __future__ import annotations

from collections.abc import Mapping

from waypost.rules.words import plural
from waypost.success.portfolio import Reason

__all__ = ["reason_words"]

NARROW = "\u202f"
_DAYS = {"en": ("day", "days"), "ru": ("день", "дня", "дней")}
_WORDS = {
    "tasks": ("open alerts: {tasks}", "открытых сигналов: {tasks}"),
    "red": ("health is red: {health}", "оценка в красной зоне: {health}"),
    "yellow": ("health is yellow: {health}", "оценка в жёлтой зоне: {health}"),
    "health_fell": ("health fell from {before} to {health} in four weeks", "оценка за четыре недели упала с {before} до {health}"),
    "usage_fell": (
        "usage fell by {fell}: {recent} key actions in 7 days, usually {norm}",
        "использование упало на {fell}: ключевых действий за 7 дней {recent}, обычно {norm}",
    ),
    "renewal": ("renewal in {days}, health {health}", "продление через {days}, оценка {health}"),
    "renewal_today": ("renewal today, health {health}", "продление сегодня, оценка {health}"),
    "contact_gone": ("the main contact is gone: {contact}", "главный контакт больше не появляется: {contact}"),
    "tickets_rose": (
        "more tickets than usual: {tickets} in 14 days, usually {norm}",
        "обращений больше обычного: {tickets} за 14 дней, обычно {norm}",
    ),
    "tickets_severe": ("open severe tickets: {severe}", "открытых серьёзных обращений: {severe}"),
    "seats_full": ("seats in use: {active} of {seats}", "занято мест: {active} из {seats}"),
    "limit_hit": ("ran into a limit of the plan, times: {times}", "упирались в ограничение тарифа, раз: {times}"),
    "tried": ("tried {feature}, which is not in the plan", "пробовали «{feature}», чего нет в тарифе"),
}  # fmt: skip


def reason_words(reason: Reason, lang: str, features: Mapping[str, str] | None = None) -> str:
    """A reason or an opportunity in words. `features`: id -> name in that language."""
    numbers = {name: _number(name, value, lang) for name, value in reason.numbers.items()}
    if features and "feature" in numbers:
        numbers["feature"] = features.get(numbers["feature"], numbers["feature"])
    code = "renewal_today" if reason.code == "renewal" and not reason.numbers.get("days") else reason.code
    return _WORDS[code][lang == "ru"].format(**numbers)


def _number(name: str, value: object, lang: str) -> str:
    if not isinstance(value, int | float):
        return str(value or "")
    if name == "fell":
        return f"{100 * value:.0f}{NARROW + '%' if lang == 'ru' else '%'}"
    if name == "days":
        return f"{value:.0f} {plural(int(value), _DAYS[lang], lang)}"
    return f"{value:.0f}"
