"""What would have to change before somebody sees a tip that was held back: sentences for each reason code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, tzinfo

from waypost.engine.durations import instant
from waypost.engine.trace import Trace
from waypost.model import Json

__all__ = ["REMEDIES", "missing_traits", "remedies", "unmet"]

Pair = tuple[str, str]
TIME: Pair = (
    "It may come on {until}, if nothing else is shown before.",
    "Она может появиться {until}, если до этого ничего другого не покажут.",
)
LATER: Pair = ("It may come on {until}.", "Она может появиться {until}.")
HOLDS: Pair = ("It may come when its condition holds.", "Она может появиться, когда выполнится её условие.")
NEXT_MOMENT: Pair = ("It may come at its next moment.", "Она может появиться в свой следующий момент.")
NEVER: Pair = (
    "It does not come to this person again while the rule stays as it is.",
    "Пока правило не изменят, этому человеку она больше не появится.",
)
SWITCH: Pair = ("Only this person can turn tips on again.", "Включить подсказки снова может только сам человек.")
REMEDIES: Mapping[str, Pair] = {
    "paused": (
        "It may come when the pause is over, or if the pause lets this tip through.",
        "Она может появиться, когда закончится пауза или если пауза пропустит эту подсказку.",
    ),
    "kill_switch": ("It may come when tips are switched on.", "Она может появиться, когда подсказки включат."),
    "muted_all": SWITCH,
    "muted_category": SWITCH,
    "muted_tip": SWITCH,
    "snoozed": LATER,
    "test_user": (
        "Open a preview, or take the trait `test_user` away.",
        "Откройте предпросмотр или снимите свойство `test_user`.",
    ),
    "not_started": LATER,
    "ended": ("The rule needs a later end.", "Правилу нужен более поздний конец показа."),
    "no_text": ("The rule needs a text.", "Правилу нужен текст."),
    "audience_false": (
        "It may come when this person is in its audience.",
        "Она может появиться, когда человек войдёт в её аудиторию.",
    ),
    "no_moment": NEXT_MOMENT,
    "moment_expired": NEXT_MOMENT,
    "moment_consumed": NEXT_MOMENT,
    "other_page": NEXT_MOMENT,
    "when_false": HOLDS,
    "goal_reached": (
        "It may come when its goal is not true any more.",
        "Она может появиться, когда её цель перестанет быть достигнутой.",
    ),
    "retired": NEVER,
    "repeat_once": NEVER,
    "repeat_moment": NEXT_MOMENT,
    "repeat_cooldown": TIME,
    "repeat_max": NEVER,
    "stopped_dismissed": NEVER,
    "anchor_not_on_page": (
        "It may come on a page that has its place.",
        "Она может появиться на странице, где есть её место.",
    ),
    "history_not_covered": (
        "It may come when we have known that event for long enough.",
        "Она может появиться, когда это событие будет известно нам достаточно давно.",
    ),
    "not_sampled": (
        "It may come when the rule takes a larger sample.",
        "Она может появиться, если правило охватит больше людей.",
    ),
    "requires": ("“{by}” has to come first.", "Сначала должна появиться «{by}»."),
    "blocked_by": NEVER,
    "exclusive_24h": TIME,
    "group_taken": (
        "It may come when “{by}” is out of the way.",
        "Она может появиться, когда «{by}» уступит место.",
    ),
    "cap_tip": TIME,
    "cap_category_24h": TIME,
    "cap_category": TIME,
    "cap_session": ("It may come in the next visit.", "Она может появиться в следующее посещение."),
    "cap_user_24h": TIME,
    "cap_user_7d": TIME,
    "cap_gap": TIME,
    "cap_survey": TIME,
    "cap_account": TIME,
    "attention_user": TIME,
    "attention_account": TIME,
    "quiet_hours": LATER,
    "fatigue": TIME,
    "fatigue_category": TIME,
    "quiet_session_start": LATER,
    "quiet_after_close": LATER,
    "quiet_route": ("It may come on another page.", "Она может появиться на другой странице."),
    "page_view_spent": ("It may come on the next page.", "Она может появиться на следующей странице."),
    "placement_taken": (
        "It may come when “{by}” is out of the way.",
        "Она может появиться, когда «{by}» уступит место.",
    ),
    "leased_elsewhere": (
        "It may come when that page is closed or at rest.",
        "Она может появиться, когда та страница закроется или затихнет.",
    ),
    "shadow": ("Make it live, and people see it.", "Сделайте её действующей, и люди её увидят."),
    "at_pending": ("The page has to suit it.", "Ей должна подойти страница."),
}
SOME_DAY: Pair = ("It may come later, by time alone.", "Она может появиться позже: нужно только время.")
PARTS = {"audience_false": ("audience",), "when_false": ("trigger.when",), "no_moment": ("trigger.on",)}
NEEDS: Pair = ("What is missing: {what}.", "Не хватает: {what}.")
NOW: Pair = ("{what} (now {values})", "{what} (сейчас {values})")
NOTHING: Pair = ("not set", "нет значения")
OURS = ("user.id", "account.id", "account.age_days")  # nobody sends these as traits
SHOWN = 5  # parts that are named, at most


def remedies(
    code: str, detail: Mapping[str, Json], trace: Sequence[Trace], lang: str, zone: tzinfo = UTC
) -> list[str]:
    """What has to happen for a tip that was held back with `code`; the parts of its rule that did not hold."""
    russian, until = lang == "ru", detail.get("until")
    pair = REMEDIES.get(code)
    if pair is None:
        return []
    if pair in (TIME, LATER) and until is None:
        pair = SOME_DAY
    values = {"until": "" if until is None else instant(until, lang, zone), "by": str(detail.get("by") or "")}
    said = [pair[russian].format_map(values)]
    parts = [_said(part, russian) for part in unmet(code, trace)]
    return [*said, NEEDS[russian].format(what="; ".join(parts))] if parts else said


def unmet(code: str, trace: Sequence[Trace]) -> list[Trace]:
    """The smallest parts that keep the audience, the condition or the moment from holding."""
    tops = [top for top in trace if top.part in PARTS.get(code, ()) and not top.value]
    return [leaf for top in tops for part in top.parts for leaf in _leaves(part)][:SHOWN]


def _leaves(part: Trace) -> Iterator[Trace]:
    if part.value:
        return
    if part.joins:
        for inner in part.parts:
            yield from _leaves(inner)
    else:
        yield part


def missing_traits(parts: Sequence[Trace]) -> list[str]:
    """The traits (user.role, account.plan) without a value in these parts."""
    named = [path for part in parts for path, value in part.numbers.items() if value is None]
    return [path for path in dict.fromkeys(named) if path.startswith(("user.", "account.")) and path not in OURS]


def _said(part: Trace, russian: bool) -> str:
    known = {
        path: value for path, value in part.numbers.items() if path.startswith(("user.", "account.", "session."))
    }
    if not known:
        return part.part
    said = {path: NOTHING[russian] if value is None else str(value) for path, value in known.items()}
    values = ", ".join(said.values() if len(said) == 1 else (f"{path}: {value}" for path, value in said.items()))
    return NOW[russian].format(what=part.part, values=values)
