"""Triggers in words, English and Russian: what the console shows and what "why am I seeing this" says.

The phrases are those of the table "Words for the rule builder" (semantics, section 1.5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from waypost.model import DAY, HOUR, MINUTE, SECOND, Json
from waypost.rules.durations import parse_span
from waypost.rules.plan import CompiledRule

__all__ = ["count_words", "duration_words", "event_words", "phrase", "plural", "trigger_words", "why_words"]

_UNITS: tuple[tuple[int, dict[str, tuple[str, ...]]], ...] = (
    (DAY, {"en": ("day", "days"), "ru": ("день", "дня", "дней")}),
    (HOUR, {"en": ("hour", "hours"), "ru": ("час", "часа", "часов")}),
    (MINUTE, {"en": ("minute", "minutes"), "ru": ("минуту", "минуты", "минут")}),
    (SECOND, {"en": ("second", "seconds"), "ru": ("секунду", "секунды", "секунд")}),
)
_TIMES = {"en": ("time", "times"), "ru": ("раз", "раза", "раз")}
_OWN = {
    "$active": {"en": "use of the app", "ru": "работа в приложении"},
    "$key_action": {"en": "key actions", "ru": "ключевые действия"},
    "$csm_task": {"en": "a CSM task", "ru": "задача CSM"},
}
_OUTCOMES = {
    "en": {
        "viewed": "seen",
        "clicked": "clicked",
        "dismissed": "closed",
        "completed": "completed",
        "ignored": "ignored",
    },
    "ru": {
        "viewed": "показана",
        "clicked": "открыта",
        "dismissed": "закрыта",
        "completed": "выполнена",
        "ignored": "оставлена без ответа",
    },
}


def plural(n: int, forms: tuple[str, ...], lang: str) -> str:
    """The form of a word after a whole number: two in English, three in Russian."""
    if lang != "ru":
        return forms[0] if n == 1 else forms[1]
    if n % 10 == 1 and n % 100 != 11:
        return forms[0]
    return forms[1] if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else forms[2]


def count_words(n: int, lang: str) -> str:
    """ "3 times", «3 раза»."""
    return f"{n} {plural(n, _TIMES[lang], lang)}"


def at_least_words(n: int, lang: str) -> str:
    """ "at least 3 times", «не меньше 3 раз»: Russian wants a genitive, «не меньше 21 раза»."""
    return f"at least {count_words(n, lang)}" if lang == "en" else f"не меньше {n} {_genitive(n)}"


def _genitive(n: int) -> str:
    return "раза" if n % 10 == 1 and n % 100 != 11 else "раз"


def duration_words(ms: int, lang: str) -> str:
    """ "7 days", «2 часа»: in the largest unit that divides it."""
    for size, forms in _UNITS:
        if ms >= size and ms % size == 0:
            return f"{ms // size} {plural(ms // size, forms[lang], lang)}"
    return f"{ms} ms" if lang == "en" else f"{ms} мс"


def event_words(name: str, lang: str) -> str:
    """An event name as people read it, in quotes."""
    if name in _OWN:
        return _OWN[name][lang]
    plain = name.replace("_", " ")
    return f"“{plain}”" if lang == "en" else f"«{plain}»"


def _events(args: Mapping[str, Json], lang: str) -> str:
    event = args.get("event", "$active")
    names = event["any"] if isinstance(event, dict) else [event]
    return (" or " if lang == "en" else " или ").join(event_words(name, lang) for name in names)


def _window(args: Mapping[str, Json], lang: str) -> str:
    if args.get("in"):
        return " in this visit" if lang == "en" else " в этом посещении"
    if not args.get("last"):
        return ""
    span = parse_span(args["last"])
    words = duration_words(span.ms if span.ms is not None else (span.days or 0) * DAY, lang)
    return f" in the last {words}" if lang == "en" else f" за последние {words}"


def _did(args: Json, lang: str) -> str:
    least, most, events, window = args.get("min", 1), args.get("max"), _events(args, lang), _window(args, lang)
    if most is not None and not least:
        limit = f"at most {count_words(most, lang)}" if lang == "en" else f"не больше {most} {_genitive(most)}"
        return f"{events} {limit}{window}"
    return f"{events} {at_least_words(least, lang)}{window}"


def _never(args: Json, lang: str) -> str:
    tenure = parse_span(args["tenure"]).ms or 0
    if lang == "en":
        return f"never {_events(args, lang)}" + (f" in at least {duration_words(tenure, lang)}" if tenure else "")
    return f"ни разу {_events(args, lang)}" + (f" не меньше чем за {duration_words(tenure, lang)}" if tenure else "")


def _inactive(args: Json, lang: str) -> str:
    length = duration_words(parse_span(args["for"]).ms or 0, lang)
    return (
        f"no {_events(args, lang)} for {length}" if lang == "en" else f"нет события: {_events(args, lang)}, {length}"
    )


def _returned(args: Json, lang: str) -> str:
    length = duration_words(parse_span(args["after"]).ms or 0, lang)
    return f"came back after a break of {length}" if lang == "en" else f"возвращение после перерыва: {length}"


def _chain(args: Json, lang: str) -> str:
    if "ref" in args:
        name = event_words(args["ref"], lang)
        return (
            f"went through the chain {name}{_window(args, lang)}"
            if lang == "en"
            else (f"пройдена цепочка {name}{_window(args, lang)}")
        )
    steps = (", then " if lang == "en" else ", потом ").join(_events(s.get("step", s), lang) for s in args["steps"])
    if args["within"] == "session":
        return f"{steps} in one visit" if lang == "en" else f"{steps} за одно посещение"
    within = duration_words(parse_span(args["within"]).ms or 0, lang)
    return f"{steps} within {within}" if lang == "en" else f"{steps} за {within}"


def _abandoned(args: Json, lang: str) -> str:
    name = event_words(args["ref"], lang)
    if "within" in args:
        step, within = args.get("after", 1), duration_words(parse_span(args["within"]).ms or 0, lang)
        if lang == "en":
            return f"got to step {step} of {name} and not further within {within}"
        return f"цепочка {name}: дошёл до шага {step} и дальше не продвинулся за {within}"
    if lang == "en":
        return f"began {name} and did not finish in time"
    return f"цепочка {name} начата и не закончена вовремя"


def _tip(args: Json, lang: str) -> str:
    what = _OUTCOMES[lang][args.get("did", "viewed")]
    name = event_words(args.get("id") or args.get("category") or "", lang)
    least, ago = args.get("min", 1), parse_span(args["ago"]).ms or 0 if "ago" in args else 0
    often = f" {at_least_words(least, lang)}" if least > 1 else ""
    if lang == "en":
        return f"tip {name} was {what}{often}" + (f", {duration_words(ago, lang)} ago or earlier" if ago else "")
    return f"подсказка {name} {what}{often}" + (f", {duration_words(ago, lang)} назад или раньше" if ago else "")


def _number(name: str) -> Callable[[Json, str], str]:
    nouns = {
        "count": ("number of {}{}", "сколько раз {}{}"),
        "days": ("days with {}{}", "дни, когда было {}{}"),
        "weeks": ("weeks with {}{}", "недели, когда было {}{}"),
    }[name]
    return lambda args, lang: nouns[lang == "ru"].format(_events(args, lang), _window(args, lang))


def _progress(args: Json, lang: str) -> str:
    name = event_words(args["ref"], lang)
    return f"steps done of {name}" if lang == "en" else f"пройдено шагов цепочки {name}"


def _percent(by: float) -> str:
    return f"{round(by * 100)} %"


def _usage(verb: tuple[str, str]) -> Callable[[Json, str], str]:
    def said(args: Json, lang: str) -> str:
        events, by = _events(args["metric"], lang), _percent(args["by"])
        recent = duration_words((parse_span(args["recent"]).days or 0) * DAY, lang)
        if args["baseline"] == "frozen":
            norm = ("the norm of the day on which the task opened", "нормы дня, когда открыта задача")
        else:
            norm = ("their own norm", "собственной нормы")
        if lang == "en":
            return f"{events} {verb[0]} by {by} against {norm[0]} over {recent}"
        return f"{events}: {verb[1]} на {by} от {norm[1]}, {recent}"

    return said


def _share(args: Json, lang: str) -> str:
    whole = {"seats": ("seats", "лицензий"), "active": ("active people", "активных людей")}[args["among"]]
    if lang == "en":
        return f"share of {whole[0]} with {_events(args, lang)}{_window(args, lang)}"
    return f"доля {whole[1]} с событием {_events(args, lang)}{_window(args, lang)}"


def _changed(args: Json, lang: str) -> str:
    to = "" if "to" not in args else f" to {args['to']}" if lang == "en" else f" на {args['to']}"
    if lang == "en":
        return f"{args['var']} changed{to}{_window(args, lang)}"
    return f"{args['var']}: изменение{to}{_window(args, lang)}"


def _days_to(args: Json, lang: str) -> str:
    return f"days to {args['var']}" if lang == "en" else f"дней до {args['var']}"


def _survey(args: Json, lang: str) -> str:
    name = event_words(args["id"], lang)
    if "score" in args:
        return f"score in survey {name}" if lang == "en" else f"оценка в опросе {name}"
    if args["answered"]:
        return f"survey {name} was answered" if lang == "en" else f"есть ответ на опрос {name}"
    return f"survey {name} was not answered" if lang == "en" else f"нет ответа на опрос {name}"


def _nth(args: Json, lang: str) -> str:
    number, events = args.get("n") or args["every"], _events(args, lang)
    if "every" in args:
        return f"every {number} times of {events}" if lang == "en" else f"каждый {number}-й раз: {events}"
    return f"the {_ordinal(number)} time of {events}" if lang == "en" else f"{number}-й раз: {events}"


def _ordinal(number: int) -> str:
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


_PHRASES: dict[str, Callable[[Any, str], str]] = {
    "did": _did, "never": _never, "inactive": _inactive, "returned": _returned, "chain": _chain,
    "abandoned": _abandoned, "tip": _tip, "count": _number("count"), "days": _number("days"),
    "weeks": _number("weeks"), "progress": _progress, "share": _share, "changed": _changed, "days_to": _days_to,
    "survey": _survey, "dropped": _usage(("fell", "падение")), "rose": _usage(("rose", "рост")),
}  # fmt: skip
_JOIN = {"and": {"en": ", and ", "ru": ", и "}, "or": {"en": ", or ", "ru": ", или "}}
_SIGNS = {"==": "=", "===": "=", "!=": "≠", "!==": "≠", "<=": "≤", ">=": "≥"}


def phrase(source: Json, lang: str) -> str:
    """Any expression in words; what has no words of its own is given as it is written."""
    if isinstance(source, bool):
        return ("always", "never")[not source] if lang == "en" else ("всегда", "никогда")[not source]
    if source is None:
        return "nothing" if lang == "en" else "ничего"
    if not isinstance(source, dict) or len(source) != 1:
        return ", ".join(phrase(v, lang) for v in source) if isinstance(source, list) else str(source)
    ((name, args),) = source.items()
    values = args if isinstance(args, list) else [args]
    if name in _PHRASES:
        return _PHRASES[name](args, lang)
    if name == "var":
        return str(values[0]) if values else ""
    if name == "seg":
        return f"in segment “{args}”" if lang == "en" else f"в сегменте «{args}»"
    parts = [phrase(value, lang) for value in values]
    if name in ("if", "?:") and len(parts) == 3:
        return "if {}: {}; else {}".format(*parts) if lang == "en" else "если {}: {}; иначе {}".format(*parts)
    if name in _JOIN:
        return _JOIN[name][lang].join(parts)
    if name in ("!", "!!"):
        return parts[0] if name == "!!" else f"not ({parts[0]})" if lang == "en" else f"не ({parts[0]})"
    if name == "in" and len(parts) == 2:
        return f"{parts[0]} in {parts[1]}" if lang == "en" else f"{parts[0]} среди: {parts[1]}"
    if name in ("<", "<=", ">", ">=", "==", "===", "!=", "!=="):
        return f" {_SIGNS.get(name, name)} ".join(parts)
    return f"{name}({', '.join(parts)})"


def _moment_words(on: Mapping[str, Json], lang: str) -> str:
    if "event" in on:
        return f"on {_events(on, lang)}" if lang == "en" else f"по событию {_events(on, lang)}"
    if "nth" in on:
        return _nth(on["nth"], lang)
    for kind in ("chain", "abandoned"):
        if kind in on:
            return _PHRASES[kind](on[kind], lang)
    if "session" in on:
        return "at the start of a visit" if lang == "en" else "в начале посещения"
    return "by the clock" if lang == "en" else "по времени"


def trigger_words(rule: CompiledRule, lang: str) -> str:
    """When the rule comes up, in one phrase."""
    lang = "ru" if lang.startswith("ru") else "en"
    trigger = rule.source.get("trigger", {})
    parts = [_moment_words(trigger["on"], lang)] if "on" in trigger else []
    if "when" in trigger:
        parts.append(phrase(trigger["when"], lang))
    return "; ".join(parts) or phrase(True, lang)


def why_words(rule: CompiledRule, lang: str) -> str:
    """What "why am I seeing this" says to the end user when the author wrote nothing of their own."""
    lang = "ru" if lang.startswith("ru") else "en"
    words = trigger_words(rule, lang)
    if lang == "en":
        return f"This tip is shown by a rule: {words}. It uses only what was done in this app."
    return f"Подсказка показана по правилу: {words}. Учитываются только действия в этом приложении."
