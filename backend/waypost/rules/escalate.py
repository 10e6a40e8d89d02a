"""Escalation in one rule: where a tip is not enough, an alert made from it opens a CSM task.

`"alert": {"owner": …, "escalate": {"ignored": 2, "unmet": "7d"}}` in a tip: it was ignored twice, or its goal is not
reached 7 days after it was seen. The alert is a rule beside the tip, with its state; what closes it is the goal, or,
where the tip has none, that somebody clicked it after all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from waypost.logic.guard import Fault
from waypost.model import Json
from waypost.rules.durations import parse_ms
from waypost.rules.text import plain
from waypost.rules.words import count_words, duration_words

__all__ = ["SUFFIX", "check_escalation", "escalation"]

SUFFIX = ":escalation"  # no id of a file holds a colon
COOLDOWN = "90d"  # for one tip nobody is called twice in a quarter
NAME_CHARS = 100  # of the tip in a title
SAID = ("owner", "severity", "sla")
STATES = {"shadow": "draft"}  # who was shown nothing ignored nothing
_VARIABLE = re.compile(r"\{[^{}|]*\|?([^{}]*)\}")  # what stands in for a trait stays
_MARKS = str.maketrans({**{mark: f"\\{mark}" for mark in "\\`*_[]()!&<>"}, "{": "(", "}": ")"})
OFTEN = {"en": {1: "once", 2: "twice"}, "ru": {1: "один раз", 2: "дважды"}}
BODY = {
    "en": "{} Ask what is in the way, and offer to do it together.",
    "ru": "{} Спросите, что мешает, и предложите сделать это вместе.",
}
WHY = {
    "ignored": {"en": "They saw the tip and did not answer it.", "ru": "Подсказку видели, но не ответили."},
    "unmet": {
        "en": "They saw the tip, but its goal is not reached.",
        "ru": "Подсказку видели, но цель не достигнута.",
    },
}


def check_escalation(document: Mapping[str, Json]) -> Iterator[Fault]:
    """What is wrong with the alert of a tip that has the right shape."""
    alert, repeat = document["alert"], document.get("repeat", {})
    if "escalate" not in alert and "talk" not in document.get("action", {}):
        message = 'only a rule of "kind": "alert" has this; a tip opens a task by "escalate", or by {"talk": true} as action'
        yield Fault("alert", message, "contradiction")
    if "clear" in alert:
        yield Fault("alert.clear", "the goal of the tip closes the task; take this out", "contradiction")
    if "escalate" not in alert:
        return
    if not alert["escalate"]:
        yield Fault("alert.escalate", 'when? write {"ignored": 2} or {"unmet": "7d"}, or both', "empty")
    if "unmet" in alert["escalate"] and "goal" not in document:
        yield Fault("alert.escalate.unmet", 'a tip without a goal has none to miss; add "goal"', "contradiction")
    most = 1 if repeat.get("mode") == "once" else repeat.get("max", 3)
    if alert["escalate"].get("ignored", 0) > most:
        message = f"it is shown {count_words(most, 'en')} at most; raise repeat.max, or lower this"
        yield Fault("alert.escalate.ignored", message, "contradiction")


def escalation(document: Mapping[str, Json]) -> dict[str, Json] | None:
    """The document of the alert of a tip without mistakes; its id is the tip's, for a rule needs a plain one."""
    alert = document.get("alert", {})
    if "escalate" not in alert:
        return None
    tip, state = document["id"], document.get("state", "live")
    done = {"tip": {"id": tip, "did": "completed" if "goal" in document else "clicked"}}
    reached = {"or": [done, document["goal"]]} if "goal" in document else done
    reasons = {name: _reason(tip, name, value) for name, value in alert["escalate"].items()}
    texts = {name: _texts(document, name, value) for name, value in alert["escalate"].items()}
    *rest, first = sorted(reasons)  # that it was ignored is told first
    return {
        "id": tip,
        "kind": "alert",
        "scope": "user",
        "state": STATES.get(state, state),
        "text": texts[first],
        "variants": [{"if": reasons[name], "text": texts[name]} for name in rest],
        "trigger": {"when": {"and": [{"or": list(reasons.values())}, {"!": reached}]}},
        "repeat": {"mode": "episode", "cooldown": COOLDOWN},
        "alert": {**{name: alert[name] for name in SAID if name in alert}, "clear": reached},
    }


def _reason(tip: str, name: str, value: Json) -> Json:
    if name == "ignored":
        return {"tip": {"id": tip, "did": "ignored", "min": value}}
    return {"tip": {"id": tip, "did": "viewed", "ago": value}}


def _texts(document: Mapping[str, Json], name: str, value: Json) -> dict[str, Any]:
    return {
        lang: {"title": _title(_named(document, lang), name, value, lang), "body": BODY[lang].format(WHY[name][lang])}
        for lang in BODY
    }


def _title(tip: str, name: str, value: Json, lang: str) -> str:
    if name == "ignored":
        often = OFTEN[lang].get(value) or count_words(value, lang)
        if lang == "en":
            return f"{{user.name|Somebody}} ignored “{tip}” {often}"
        return f"{{user.name|Пользователь}}: подсказка «{tip}» {often} без ответа"
    length = duration_words(parse_ms(value), lang)
    if lang == "en":
        return f"{{user.name|Somebody}} saw “{tip}” {length} ago, and its goal is not reached"
    return f"{{user.name|Пользователь}}: после подсказки «{tip}» прошло {length}, цель не достигнута"


def _named(document: Mapping[str, Json], lang: str) -> str:
    """The name of the tip, or its title, as plain words."""
    texts = document["text"]
    written = texts.get(lang, next(iter(texts.values())))["title"]
    name = document.get("name") or _VARIABLE.sub(r"\1", plain(written))
    return (name if len(name) <= NAME_CHARS else name[: NAME_CHARS - 1] + "…").translate(_MARKS)
