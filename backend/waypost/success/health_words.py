"""Health in words, English and Russian: each component with its numbers, what holds it down, why it changed."""

from __future__ import annotations

from waypost.rules.words import plural
from waypost.success.health import CAP, FAR, SHOWN, Component, Delta, Health, deltas

__all__ = ["component_name", "component_words", "explain_change", "override_words"]

NARROW = "\u202f"
DAYS = {"en": ("day", "days"), "ru": ("день", "дня", "дней")}
PARTS_TOLD = 3  # of a change

_NAMES = {
    "trend": ("Usage trend", "Динамика использования"),
    "breadth": ("People who use it", "Охват людей"),
    "depth": ("Features in sustained use", "Глубина использования"),
    "recency": ("Last key action", "Последнее ключевое действие"),
    "onboarding": ("Onboarding", "Внедрение"),
    "sentiment": ("Survey answers", "Ответы на опросы"),
    "support": ("Support", "Поддержка"),
    "override": ("Held down", "Ограничение оценки"),
}
_WORDS = {
    "fell": (
        "usage fell by {fell}: {recent} key actions in 7 days, usually {norm}",
        "использование упало на {fell}: ключевых действий за 7 дней {recent}, обычно {norm}",
    ),
    "rose": (
        "usage is up by {rose}: {recent} key actions in 7 days, usually {norm}",
        "использование выросло на {rose}: ключевых действий за 7 дней {recent}, обычно {norm}",
    ),
    "steady": (
        "usage is as usual: {recent} key actions in 7 days, usually {norm}",
        "использование как обычно: ключевых действий за 7 дней {recent}, обычно {norm}",
    ),
    "breadth": (
        "active in 28 days: {active} of {seats} seats",
        "активны за 28 дней: {active} из {seats} мест",
    ),
    "depth": (
        "features in sustained use: {lasting} of {core}",
        "функций в постоянном использовании: {lasting} из {core}",
    ),
    "recency": ("last key action {days} ago", "последнее ключевое действие {days} назад"),
    "today": ("last key action today", "последнее ключевое действие сегодня"),
    "onboarding": (
        "onboarding index {index} of 100: {launched} began, {finished} of them finished",
        "индекс внедрения {index} из 100: начали {launched}, из них закончили {finished}",
    ),
    "sentiment": ("NPS {nps}, answers: {answers}", "NPS {nps}, ответов: {answers}"),
    "support": ("open severe tickets: {severe}", "открытых серьёзных обращений: {severe}"),
}
_UNSAID = {
    "trend": ("usage: no norm yet", "использование: нормы пока нет"),
    "breadth": ("the number of seats is not known", "число мест неизвестно"),
    "depth": ("no core features in the plan", "в тарифе нет основных функций"),
    "recency": ("no key actions are named in project.json", "в project.json не названы ключевые действия"),
    "onboarding": ("not in onboarding", "этап внедрения не идёт"),
    "sentiment": ("no survey answers in 180 days", "ответов на опросы за 180 дней нет"),
    "support": ("no tickets come in", "обращения не поступают"),
}
_OVERRIDES = {
    "champion_left": (
        "the main contact is gone: at most {cap}",
        "главный контакт больше не появляется: оценка не выше {cap}",
    ),
    "no_key_action": (
        "no key action for 21 days: at most {cap}",
        "21 день нет ключевых действий: оценка не выше {cap}",
    ),
}
_RELEASED = {
    "champion_left": ("the main contact is back", "главный контакт снова появляется"),
    "no_key_action": ("there are key actions again", "ключевые действия снова есть"),
}
_CHANGE = {
    True: ("Health fell from {before} to {after}: {parts}.", "Оценка упала с {before} до {after}: {parts}."),
    False: ("Health rose from {before} to {after}: {parts}.", "Оценка выросла с {before} до {after}: {parts}."),
}


def component_name(component: str, lang: str) -> str:
    """ "Usage trend"."""
    return _NAMES[component][lang == "ru"]


def component_words(component: Component, lang: str) -> str:
    """ "usage fell by 43 %: 58 key actions in 7 days, usually 102"; what is missing where it cannot be said."""
    ru = lang == "ru"
    if component.value is None:
        return _UNSAID[component.id][ru]
    numbers = {name: _number(name, value, lang) for name, value in component.because.items()}
    return _WORDS[_code(component)][ru].format(**numbers, rose=_percent(-(component.because.get("fell") or 0), lang))


def _code(component: Component) -> str:
    if component.id == "trend":
        fell = component.because.get("fell") or 0.0
        return "fell" if fell >= 0.05 else "rose" if fell <= -0.05 else "steady"
    return "today" if component.id == "recency" and not component.because.get("days") else component.id


def _number(name: str, value: float | None, lang: str) -> str:
    if value is None:
        return "–"
    if name in ("fell", "launched", "finished", "halfway"):
        return _percent(value, lang)
    if name == "days":
        return f"{value:.0f} {plural(int(value), DAYS[lang], lang)}"
    return f"{value:.0f}".replace("-", "−")


def _percent(share: float, lang: str) -> str:
    return f"{100 * share:.0f}{NARROW + '%' if lang == 'ru' else '%'}"


def override_words(override: str, lang: str) -> str:
    """Why the score is at most 39; "" for no override."""
    return _OVERRIDES[override][lang == "ru"].format(cap=f"{CAP:.0f}") if override else ""


def explain_change(before: Health, after: Health, lang: str) -> str:
    """Why the score changed, in one sentence with the numbers of then and now; "" for a change of at most FAR points."""
    if before.score is None or after.score is None or abs(after.score - before.score) <= FAR:
        return ""
    change = after.score - before.score
    from_parts = [one for one in _toward(before, after) if abs(one.points) >= SHOWN][:PARTS_TOLD]
    parts = "; ".join(_part(one, lang) for one in from_parts)
    words = _CHANGE[change < 0][lang == "ru"]
    return words.format(before=f"{before.score:.0f}", after=f"{after.score:.0f}", parts=parts)


def _toward(before: Health, after: Health) -> list[Delta]:
    """The parts that pull the way the score went."""
    down = (after.score or 0) < (before.score or 0)
    return [one for one in deltas(before, after) if (one.points < 0) == down]


def _part(delta: Delta, lang: str) -> str:
    ru = lang == "ru"
    points = f"{delta.points:+.0f}".replace("-", "−")
    if delta.id == "override":
        said = override_words(delta.after.id, lang) if delta.after.id else _RELEASED[delta.before.id][ru]
        return f"{said} ({points})"
    if delta.before.value is None:
        return f"{component_words(delta.after, lang)} ({points}, {'раньше не учитывалось' if ru else 'not counted before'})"
    before = component_words(delta.before, lang)
    return f"{component_words(delta.after, lang)} ({points}, {'было' if ru else 'before'}: {before})"
