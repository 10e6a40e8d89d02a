"""Reason codes as short labels, for tables where many people share a reason."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["LABELS", "label"]

LABELS: Mapping[str, tuple[str, str]] = {
    "paused": ("paused by a CSM", "пауза от CSM"),
    "kill_switch": ("all tips are switched off", "все подсказки выключены"),
    "muted_all": ("turned all tips off", "отключили все подсказки"),
    "muted_category": ("turned this category off", "отключили эту категорию"),
    "muted_tip": ("said “not this again”", "попросили больше не показывать"),
    "snoozed": ("asked to be reminded later", "попросили напомнить позже"),
    "test_user": ("test user, preview only", "тестовый пользователь, только предпросмотр"),
    "not_started": ("not started yet", "показ ещё не начался"),
    "ended": ("schedule has ended", "показ закончился"),
    "no_text": ("no text", "нет текста"),
    "audience_false": ("not in the audience", "не входят в аудиторию"),
    "no_moment": ("its moment has not come", "момент не наступил"),
    "moment_expired": ("its moment has passed", "момент прошёл"),
    "moment_consumed": ("its moment was used", "момент уже использован"),
    "other_page": ("its moment was on another page", "момент был на другой странице"),
    "when_false": ("condition does not hold", "условие не выполнено"),
    "goal_reached": ("goal reached already", "цель уже достигнута"),
    "retired": ("goal reached after the tip", "цель достигнута после подсказки"),
    "repeat_once": ("seen, shown once only", "видели, показ один раз"),
    "repeat_moment": ("seen for this occasion", "видели по этому случаю"),
    "repeat_cooldown": ("seen lately, break between showings", "видели недавно, перерыв между показами"),
    "repeat_max": ("seen as often as allowed", "показы исчерпаны"),
    "stopped_dismissed": ("closed too often", "слишком часто закрывали"),
    "anchor_not_on_page": ("its place is not on the page", "места подсказки нет на странице"),
    "history_not_covered": ("history is too short", "история слишком коротка"),
    "not_sampled": ("not in the sample", "не входят в выборку"),
    "requires": ("another tip comes first", "сначала другая подсказка"),
    "blocked_by": ("blocked by another tip", "закрыта другой подсказкой"),
    "exclusive_24h": ("another of its group was shown", "показана другая из группы"),
    "group_taken": ("another of its group comes first", "другая из группы важнее"),
    "cap_tip": ("frequency cap of this tip", "ограничение частоты подсказки"),
    "cap_category_24h": ("one a day of this category", "одна в сутки из категории"),
    "cap_category": ("frequency cap of the category", "ограничение частоты категории"),
    "cap_session": ("one tip a visit", "одна подсказка за посещение"),
    "cap_user_24h": ("tips a day are used up", "суточный предел исчерпан"),
    "cap_user_7d": ("tips a week are used up", "недельный предел исчерпан"),
    "cap_gap": ("too soon after another tip", "слишком скоро после другой подсказки"),
    "cap_survey": ("asked not long ago", "опрос был недавно"),
    "cap_account": ("tips of the account are used up", "предел аккаунта исчерпан"),
    "attention_user": ("no attention left this week", "внимание на неделю исчерпано"),
    "attention_account": ("no attention left for the account", "внимание аккаунта исчерпано"),
    "quiet_hours": ("quiet hours", "тихие часы"),
    "fatigue": ("tired of tips", "устали от подсказок"),
    "fatigue_category": ("this category rests", "категория отдыхает"),
    "quiet_session_start": ("first seconds of a visit", "первые секунды посещения"),
    "quiet_after_close": ("another tip has just closed", "другая подсказка только что закрылась"),
    "quiet_route": ("page without tips", "страница без подсказок"),
    "page_view_spent": ("this page view had its tip", "на этом просмотре подсказка уже была"),
    "placement_taken": ("another tip stands there", "место занято другой подсказкой"),
    "leased_elsewhere": ("another tab is open", "открыта другая вкладка"),
    "shadow": ("would have been offered", "была бы предложена"),
    "at_pending": ("waits in the browser", "ждёт в браузере"),
}


def label(code: str, lang: str) -> str:
    """A few words for a reason; the code itself when it is unknown."""
    words = LABELS.get(code)
    return code if words is None else words[lang.startswith("ru")]
