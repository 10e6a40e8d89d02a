"""Why somebody did not see a tip, in words: one sentence for each reason code, with its numbers and times.

The codes are a stable vocabulary; SENTENCES names them all, and a test holds it against the policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from itertools import zip_longest

from waypost.engine.durations import instant, soon, span
from waypost.engine.pause_words import pause_values
from waypost.model import Decision, Json
from waypost.rules.plan import Plan
from waypost.rules.words import count_words, duration_words, phrase, plural, trigger_words

__all__ = ["SENTENCES", "explain", "words"]

SENTENCES: Mapping[str, tuple[str, str]] = {
    "paused": (
        "{by} paused tips for {whom} on {since}{why}.{ends}",
        "Подсказки для {whom} на паузе с {since}, её поставил {by}{why}.{ends}",
    ),
    "kill_switch": ("Tips are switched off for everybody.", "Подсказки выключены для всех."),
    "muted_all": ("{who} turned all tips off on {since}.", "{who} отключил все подсказки {since}."),
    "muted_category": (
        "{who} turned off tips of the category “{category}” on {since}.",
        "{who} отключил подсказки категории «{category}» {since}.",
    ),
    "muted_tip": (
        "{who} said “not this again” on {since}.",
        "{who} попросил больше не показывать эту подсказку {since}.",
    ),
    "snoozed": (
        "{who} asked to be reminded later: it may come {until}.",
        "{who} попросил напомнить позже: подсказка может появиться {until}.",
    ),
    "test_user": (
        "{who} is a test user and sees tips in preview only.",
        "{who} — тестовый: он видит подсказки только в предпросмотре.",
    ),
    "not_started": ("It is scheduled to start {until}.", "Показ по расписанию начнётся {until}."),
    "ended": ("Its schedule ended on {since}.", "Показ по расписанию закончился {since}."),
    "no_text": ("It has no text.", "У подсказки нет текста."),
    "audience_false": ("{who} is not in its audience.", "{who} не входит в её аудиторию."),
    "no_moment": (
        "Its moment has not come: what it waits for has not happened.",
        "Её момент не наступил: того, чего она ждёт, ещё не было.",
    ),
    "moment_expired": (
        "Its moment has passed: it came on {at} and lasted {ttl}.",
        "Её момент прошёл: он наступил {at} и длился {ttl}.",
    ),
    "moment_consumed": (
        "Its moment of {at} was used: {who} saw it then. It waits for the next one.",
        "Момент от {at} уже использован: {who} видел подсказку. Она ждёт следующего.",
    ),
    "other_page": (
        "Its moment of {at} belongs to another page view. It waits for the next one.",
        "Момент от {at} относится к другому просмотру страницы. Она ждёт следующего.",
    ),
    "when_false": ("Its condition does not hold{unmet}.", "Её условие не выполнено{unmet}."),
    "goal_reached": ("Its goal is reached already.", "Её цель уже достигнута."),
    "retired": (
        "It did its work: {who} reached the goal on {at}, so it does not come again.",
        "Она сделала своё дело: {who} достиг цели {at}, и больше она не появится.",
    ),
    "repeat_once": (
        "It is shown once, and {who} saw it on {at}.",
        "Она показывается один раз, и {who} видел её {at}.",
    ),
    "repeat_moment": (
        "It is shown once for each occasion, and {who} saw it for this one on {used}.",
        "Она показывается один раз на каждый случай, и по этому случаю {who} видел её {used}.",
    ),
    "repeat_cooldown": (
        "It has a break between showings: {who} saw it on {last}{closed}; it may come again {until}.",
        "Между показами есть перерыв: {who} видел её {last}{closed}; снова она может появиться {until}.",
    ),
    "repeat_max": (
        "{who} has seen it {times}, which is its limit for good.",
        "{who} видел её {times}: чаще {limit} она не показывается никогда.",
    ),
    "stopped_dismissed": (
        "{who} closed it {times}; after {limit} it does not come again.",
        "{who} закрыл её {times}; после {limit} она больше не появляется.",
    ),
    "anchor_not_on_page": (
        "Its place “{anchor}” is not on this page.",
        "Её места «{anchor}» нет на этой странице.",
    ),
    "history_not_covered": (
        "It needs to know that {who} never did {events}, and we have not known that event for long enough.",
        "Нужно знать, что {who} ни разу не делал {events}, а это событие известно нам недостаточно давно.",
    ),
    "not_sampled": (
        "It applies to a sample of people, and {who} is not in it.",
        "Она показывается только части людей, и {who} в эту часть не входит.",
    ),
    "requires": (
        "It comes after the tip “{by}”, which {who} has not met.",
        "Она показывается после подсказки «{by}», а {who} её ещё не видел.",
    ),
    "blocked_by": (
        "It does not come after the tip “{by}”, which {who} has met.",
        "Она не показывается после подсказки «{by}», а {who} её уже видел.",
    ),
    "exclusive_24h": (
        "Of the group “{group}” one tip is shown in 24 hours, and “{by}” was; the next may come {until}.",
        "Из группы «{group}» за 24 часа показывается одна подсказка, и это была «{by}»; следующая возможна {until}.",
    ),
    "group_taken": (
        "Of the group “{group}” one tip is open at a time, and “{by}” comes first.",
        "Из группы «{group}» открыта одна подсказка, и «{by}» важнее.",
    ),
    "cap_tip": (
        "This tip may come {limit} in {per}: {who} has seen it {times}; the next may come {until}.",
        "Эта подсказка показывается не больше {limit} за {per}: {who} видел её {times}; следующий показ {until}.",
    ),
    "cap_category_24h": (
        "{number} a day from the category “{category}” is the limit: {who} has seen {count} in the last 24 hours"
        "{by}; the next may come {until}.",
        "Предел категории «{category}» — {number} в сутки: за последние 24 часа {who} видел {count}{by}; "
        "следующая возможна {until}.",
    ),
    "cap_category": (
        "{number} in {per} from the category “{category}” is the limit: {who} has seen {count}{by}; "
        "the next may come {until}.",
        "Предел категории «{category}» — {number} за {per}: {who} видел {count}{by}; следующая возможна {until}.",
    ),
    "cap_session": (
        "{number} a visit is the limit: {who} has seen {count} in this one{by}.",
        "Предел — {number} за посещение: в этом {who} видел {count}{by}.",
    ),
    "cap_user_24h": (
        "{number} a day is the limit: {who} has seen {count} in the last 24 hours{by}; the next may come {until}.",
        "Предел — {number} в сутки: за последние 24 часа {who} видел {count}{by}; следующая возможна {until}.",
    ),
    "cap_user_7d": (
        "{number} a week is the limit: {who} has seen {count} in the last 7 days{by}; the next may come {until}.",
        "Предел — {number} в неделю: за последние 7 дней {who} видел {count}{by}; следующая возможна {until}.",
    ),
    "cap_gap": (
        "There are at least {per} between two tips; the next may come {until}.",
        "Между двумя подсказками проходит не меньше {per}; следующая возможна {until}.",
    ),
    "cap_survey": (
        "There are at least {per} between two surveys; the next may come {until}.",
        "Между двумя опросами проходит не меньше {per}; следующий возможен {until}.",
    ),
    "cap_account": (
        "{number} in {per} is the limit of the whole account, and its people have seen {count}{by}; "
        "the next may come {until}.",
        "Предел всего аккаунта — {number} за {per}, и его люди видели {count}{by}; следующая возможна {until}.",
    ),
    "attention_user": (
        "It costs {cost} of the attention budget of {budget} a week, and {spent} are spent; it may come {until}.",
        "Она стоит {cost} из недельного запаса внимания {budget}, а израсходовано {spent}; она возможна {until}.",
    ),
    "attention_account": (
        "It costs {cost} of the account’s attention budget of {budget} a week, and {spent} are spent; "
        "it may come {until}.",
        "Она стоит {cost} из недельного запаса внимания аккаунта {budget}, а израсходовано {spent}; "
        "она возможна {until}.",
    ),
    "quiet_hours": (
        "These are quiet hours for {who}; it may come {until}.",
        "Сейчас тихие часы; подсказка возможна {until}.",
    ),
    "fatigue": (
        "{who} is tired of tips: fatigue was {level} on {at}, and from {threshold} on only more important ones come; "
        "it may come {until}.",
        "{who} устал от подсказок: усталость была {level} ({at}), а от {threshold} показываются только более важные; "
        "она возможна {until}.",
    ),
    "fatigue_category": (
        "{who} closed tips of the category “{category}” {times} in a row, so it rests; the next may come {until}.",
        "{who} закрыл подсказки категории «{category}» подряд {times}, и категория отдыхает; "
        "следующая возможна {until}.",
    ),
    "quiet_session_start": (
        "Nothing is shown in the first seconds of a visit; it may come {until}.",
        "В первые секунды посещения ничего не показывается; подсказка возможна {until}.",
    ),
    "quiet_after_close": (
        "Nothing is shown right after another tip closed; it may come {until}.",
        "Сразу после закрытия другой подсказки ничего не показывается; подсказка возможна {until}.",
    ),
    "quiet_route": (
        "Nothing is shown on pages under {route}.",
        "На страницах {route} ничего не показывается.",
    ),
    "page_view_spent": (
        "This page view has had its one tip that interrupts; it may come on the next page.",
        "На этом просмотре страницы такая подсказка уже была; эта возможна на следующей странице.",
    ),
    "placement_taken": (
        "Another tip, “{by}”, stands in its place.",
        "Её место заняла другая подсказка, «{by}».",
    ),
    "leased_elsewhere": (
        "{who} has another tab or page open that may show a tip now.",
        "{who} открыл другую вкладку или страницу, и подсказка сейчас может появиться там.",
    ),
    "shadow": (
        "It runs in shadow mode: it would have been offered to {whom} then.",
        "Она работает в теневом режиме: тогда {whom} она была бы предложена.",
    ),
    "at_pending": (
        "It is ready and waits in the browser for the right moment on the page.",
        "Она готова и ждёт в браузере подходящего момента на странице.",
    ),
}
INSTANTS = ("since", "at", "used", "last")
SMALL = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


def words(
    code: str,
    detail: Mapping[str, Json],
    lang: str,
    *,
    now: int | None = None,
    name: str | None = None,
    zone: tzinfo = UTC,
) -> str:
    """One sentence for one reason. With `now`, times to come are relative to it; `name` is the person's."""
    lang = "ru" if lang.lower().startswith("ru") else "en"
    sentence = SENTENCES.get(code)
    if sentence is None:
        return code
    values = _values(detail, lang, now, name, zone)
    if code == "paused":
        values.update(pause_values(detail, lang, now, name, zone))
    text = sentence[lang == "ru"].format_map(values)
    return text[0].upper() + text[1:]


class _Values(dict[str, str]):
    """A number that an older decision did not keep reads as a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


def _values(detail: Mapping[str, Json], lang: str, now: int | None, name: str | None, zone: tzinfo) -> _Values:
    values = _Values({key: str(value) for key, value in detail.items()})
    values["who"] = _who(lang, name)
    values["whom"] = _whom(lang, name)
    for key in INSTANTS:
        if detail.get(key):
            values[key] = instant(detail[key], lang, zone)
    if detail.get("until") is not None:
        values["until"] = soon(detail["until"], now, lang, zone)
    if "per" in detail:
        values["per"] = duration_words(detail["per"], lang)
    if "ttl" in detail:
        values["ttl"] = _ttl(detail["ttl"], lang)
    if "limit" in detail:
        values |= _limits(int(detail["limit"]), int(detail.get("count", 0)), lang)
    if not isinstance(detail.get("by"), str):
        values["by"] = _seen_before(detail.get("by") or (), lang, zone)
    values["closed"] = _closed(int(detail.get("dismissed") or 0), lang)
    values["events"] = ", ".join(str(event) for event in detail.get("events", ()))
    values["unmet"] = _unmet(detail.get("unmet", ()), detail.get("seen", ()), lang)
    return values


def _who(lang: str, name: str | None) -> str:
    if lang == "ru":
        return f"пользователь {name}" if name else "пользователь"
    return name or "this person"


def _whom(lang: str, name: str | None) -> str:
    if lang == "ru":
        return f"пользователю {name}" if name else "пользователю"
    return name or "this person"


def _limits(limit: int, count: int, lang: str) -> dict[str, str]:
    seen = count_words(count, lang)
    if lang == "ru":  # after "not more than" a genitive
        once = limit % 10 == 1 and limit % 100 != 11
        number = f"{limit} {plural(limit, ('подсказка', 'подсказки', 'подсказок'), lang)}"
        return {"number": number, "limit": f"{limit} {'раза' if once else 'раз'}", "times": seen}
    spelt = SMALL[limit] if limit < len(SMALL) else str(limit)
    number = f"{spelt} tip{'' if limit == 1 else 's'}"
    return {"number": number, "limit": count_words(limit, lang), "times": seen}


def _seen_before(views: Sequence[Sequence[Json]], lang: str, zone: tzinfo) -> str:
    """The views that fill a cap: (“export” 24 Nov, 16:00; …)."""
    quoted = "«{}» {}" if lang == "ru" else "“{}” on {}"
    named = "; ".join(quoted.format(tip, instant(t, lang, zone)) for tip, t in views)
    return f" ({named})" if named else ""


def _closed(number: int, lang: str) -> str:
    if not number:
        return ""
    return f" and closed it {count_words(number, lang)}" if lang == "en" else f" и закрыл {count_words(number, lang)}"


def _ttl(ttl: Json, lang: str) -> str:
    if isinstance(ttl, int):
        return span(ttl, lang)
    return "until the end of that visit" if lang == "en" else "до конца того посещения"


def _unmet(operators: Sequence[Json], seen: Sequence[int | None], lang: str) -> str:
    if not operators:
        return " now" if lang == "en" else ""
    said = []
    for operator, number in zip_longest(operators, seen[: len(operators)]):
        so_far = "" if number is None else f" ({number} so far)" if lang == "en" else f" (пока {number})"
        said.append(phrase(operator, lang) + so_far)
    missing = "; ".join(said)
    return f". It needs: {missing}" if lang == "en" else f". Нужно: {missing}"


def explain(
    plan: Plan,
    decision: Decision,
    tip: str,
    lang: str,
    *,
    now: int | None = None,
    name: str | None = None,
    zone: tzinfo = UTC,
) -> list[str]:
    """Why this person was or was not offered the tip in this decision, as sentences."""
    russian = lang.lower().startswith("ru")
    rule = plan.rules.get(tip)
    for place, offer in enumerate(decision.offers, 1):
        if offer.tip == tip:
            said = _offered(place, len(decision.offers), offer.preview, russian)
            return [said] + ([trigger_words(rule, "ru" if russian else "en")] if rule and not offer.preview else [])
    for loser in decision.losers:
        if loser.tip == tip:
            said = words(loser.code, loser.detail, lang, now=now, name=name, zone=zone)
            enough = rule is None or "unmet" in loser.detail
            return [said] if enough else [said, *_condition(rule, loser.code, russian)]
    if russian:
        return [f"Подсказка «{tip}» тогда не участвовала в показе."]
    return [f"The tip “{tip}” was not live in that decision."]


def _offered(place: int, of: int, preview: bool, russian: bool) -> str:
    if preview:
        return "Показан предпросмотр." if russian else "It was offered as a preview."
    if russian:
        return f"Подсказка предложена браузеру: {place}-я из {of}. Она появится, когда страница подойдёт."
    return f"It was offered to the browser, number {place} of {of}. It stands as soon as the page suits it."


def _condition(rule: Json, code: str, russian: bool) -> list[str]:
    """What the tip waits for, when that is what holds it back."""
    if code not in ("when_false", "no_moment"):
        return []
    words_of_rule = trigger_words(rule, "ru" if russian else "en")
    return [("Она появляется так: " if russian else "It comes like this: ") + words_of_rule] if words_of_rule else []
