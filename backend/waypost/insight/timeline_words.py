"""What stands in the timeline of an account, in words, English and Russian."""

from __future__ import annotations

from waypost.rules.words import plural

__all__ = ["Told", "told"]

SHOWN = 300  # characters of what a person wrote; the whole of it stands in its own place

_TIMES = {"en": ("time", "times"), "ru": ("раз", "раза", "раз")}
_PEOPLE = {"en": ("person", "people"), "ru": ("человек", "человека", "человек")}
_KINDS = {"en": ("other event", "other events"), "ru": ("другое событие", "других события", "других событий")}
_BANDS = {"red": ("red", "красная зона"), "yellow": ("yellow", "жёлтая зона"), "green": ("green", "зелёная зона")}

_WORDS = {
    "event": ("{name}: {times}, {people}", "{name}: {times}, {people}"),
    "events_more": ("{kinds}: {times}", "{kinds}: {times}"),
    "tip_viewed": ("“{name}” was seen: {people}", "подсказку «{name}» видели: {people}"),
    "tip_clicked": ("“{name}” was taken up: {people}", "подсказкой «{name}» воспользовались: {people}"),
    "tip_dismissed": ("“{name}” was closed: {people}", "подсказку «{name}» закрыли: {people}"),
    "tip_snoozed": ("“{name}” was put off: {people}", "подсказку «{name}» отложили: {people}"),
    "tip_muted": ("“{name}” is not wanted any more: {people}", "подсказку «{name}» попросили больше не показывать: {people}"),
    "tip_goal": ("the goal of “{name}” was reached: {people}", "цель подсказки «{name}» достигнута: {people}"),
    "tip_answered": ("“{name}” was answered: {people}", "на опрос «{name}» ответили: {people}"),
    "task_opened": ("task: {title}", "задача: {title}"),
    "task_closed": ("task closed: {title}", "задача закрыта: {title}"),
    "task_outcome": ("task closed: {title}. {outcome}", "задача закрыта: {title}. {outcome}"),
    "note": ("{author}: {body}", "{author}: {body}"),
    "stage": ("stage: {before} → {after}", "этап: {before} → {after}"),
    "stage_first": ("stage: {after}", "этап: {after}"),
    "health": ("health {before} → {after}, {band}", "оценка {before} → {after}, {band}"),
    "paused": ("tips are paused", "подсказки приостановлены"),
    "paused_why": ("tips are paused: {about}", "подсказки приостановлены: {about}"),
    "pause_over_time": ("the pause is over, its time came", "пауза закончилась: вышел срок"),
    "pause_over_event": ("the pause is over, its event came", "пауза закончилась: пришло событие"),
    "pause_over_person": ("the pause was ended by a person", "паузу снял человек"),
    "ticket_opened": ("support request: {about}", "обращение в поддержку: {about}"),
    "ticket_closed": ("support request closed: {about}", "обращение закрыто: {about}"),
}  # fmt: skip


class Told:
    """A code of _WORDS with its numbers (times or people first) and its texts."""

    def __init__(self, code: str, number: int = 0, second: int = 0, **texts: str) -> None:
        self.code, self.number, self.second, self.texts = code, number, second, texts


def told(what: Told, lang: str) -> str:
    """One line."""
    ru = lang == "ru"
    texts = {name: text if len(text) <= SHOWN else text[: SHOWN - 1] + "…" for name, text in what.texts.items()}
    if "band" in texts:
        texts["band"] = _BANDS.get(texts["band"], ("", ""))[ru]
    people = what.second if what.code == "event" else what.number
    return _WORDS[what.code][ru].format(
        **texts,
        times=f"{what.number:,} {plural(what.number, _TIMES[lang], lang)}".replace(",", "\u202f" if ru else ","),
        people=f"{people:,} {plural(people, _PEOPLE[lang], lang)}".replace(",", "\u202f" if ru else ","),
        kinds=f"{what.second} {plural(what.second, _KINDS[lang], lang)}",
    )
