"""The words of an offer as the browser gets them: one language, variables resolved, never HTML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from waypost.engine.texts import language, pick_locale, texts_of
from waypost.facts.subject import Facts
from waypost.model import DAY, Json, Offer
from waypost.rules.plan import CompiledRule, Plan, Question
from waypost.rules.words import why_words

__all__ = ["UI", "content", "resolve"]

RIGHT_TO_LEFT = frozenset({"ar", "he", "fa", "ur"})
UI: Mapping[str, Mapping[str, str]] = {
    "en": {
        "close": "Close",
        "more": "More options",
        "why": "Why am I seeing this",
        "later": "Remind me later",
        "never": "Not this again",
        "mute": "Turn tips off",
        "region": "Tip",
        "talk": "Talk to a person",
        "sent": "Sent. Somebody will get in touch with you.",
    },
    "ru": {
        "close": "Закрыть",
        "more": "Ещё",
        "why": "Почему я это вижу",
        "later": "Напомнить позже",
        "never": "Больше не показывать",
        "mute": "Отключить подсказки",
        "region": "Подсказка",
        "talk": "Поговорить с человеком",
        "sent": "Передали. С вами свяжется человек.",
    },
}
SURVEY: Mapping[str, Mapping[str, str]] = {
    "en": {"send": "Send", "thanks": "Thank you for your answer"},
    "ru": {"send": "Отправить", "thanks": "Спасибо за ответ"},
}


def content(
    plan: Plan, rule: CompiledRule, offer: Offer, user: Facts, account: Facts | None, now: int, lang: str
) -> dict[str, Any]:
    """The `content` of section 1.6. The words around the tip are in the language of its text."""
    texts = texts_of(rule, offer.variant)
    locale = offer.locale if offer.locale in texts else pick_locale(texts, lang)
    if locale is None:
        raise ValueError(f"{rule.id} has no text")
    text, spoken = texts[locale], language(locale)
    known = spoken if spoken in UI else "en"
    return {
        "lang": locale,
        "dir": "rtl" if spoken in RIGHT_TO_LEFT else "ltr",
        "title": resolve(text.title, user, account, now),
        "body": resolve(text.body, user, account, now),
        "cta": "" if rule.question else text.cta or (UI[known]["talk"] if "talk" in rule.action else ""),
        "secondary": text.secondary,
        "action": dict(rule.action),
        "why": text.why or why_words(rule, known),
        "ui": dict(UI[known]),
        **({"question": _question(rule.question, locale, text.cta, known)} if rule.question else {}),
    }


def _question(question: Question, locale: str, send: str, known: str) -> dict[str, Json]:
    """`send`: what the rule calls its main action; here that is to send the answer."""

    def said(words: Mapping[str, str]) -> str:
        found = pick_locale(words, locale)
        return "" if found is None else words[found]

    return {
        "scores": question.scores,
        "low": said(question.low),
        "high": said(question.high),
        "comment": said(question.comment),
        "send": send or SURVEY[known]["send"],
        "thanks": SURVEY[known]["thanks"],
    }


def resolve(node: Json, user: Facts, account: Facts | None, now: int) -> Json:
    """The node tree with each ["var", path, fallback] replaced by plain text."""
    if not isinstance(node, list):
        return node
    if len(node) == 3 and node[0] == "var":
        return _variable(str(node[1]), str(node[2]), user, account, now)
    return [resolve(part, user, account, now) for part in node]


def _variable(path: str, fallback: str, user: Facts, account: Facts | None, now: int) -> str:
    root, _, name = path.partition(".")
    facts = user if root == "user" else account
    if facts is None or name.startswith("$"):
        return fallback
    if root == "account" and name == "age_days" and facts.first_seen is not None:
        return str(max(0, now - facts.first_seen) // DAY)
    value = facts.trait(name)
    if value is None and "." in name:
        first, *rest = name.split(".")
        value = facts.trait(first)
        for part in rest:
            value = value.get(part) if isinstance(value, dict) else None
    return _plain(value, fallback)


def _plain(value: Json, fallback: str) -> str:
    """Texts and numbers are words; anything else is not for a sentence."""
    if isinstance(value, str):
        return value or fallback
    if isinstance(value, bool) or not isinstance(value, int | float):
        return fallback
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
