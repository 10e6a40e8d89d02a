"""Which words of a tip: the variant that fits the person, and the language that is nearest to theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from waypost.facts.look import Look
from waypost.rules.plan import CompiledRule, Text

__all__ = ["in_language", "language", "pick_locale", "pick_variant", "texts_of"]

FALLBACK = "en"


def language(locale: str) -> str:
    """`ru` of ru-RU."""
    return locale.replace("_", "-").split("-")[0].lower()


def pick_locale(locales: Iterable[str], wanted: str) -> str | None:
    """Exact (ru-RU), then the language (ru), then en, then the first there is; None when there is none."""
    known = {name.replace("_", "-").lower(): name for name in locales}
    wanted = wanted.replace("_", "-").lower()
    for name in (wanted, language(wanted), FALLBACK):
        if name in known:
            return known[name]
    return next(iter(known.values()), None)


def in_language(texts: Mapping[str, str], wanted: str) -> str:
    """The text in the nearest language; "" when there is none."""
    locale = pick_locale(texts, wanted)
    return "" if locale is None else texts[locale]


def pick_variant(look: Look, rule: CompiledRule) -> int:
    """The first variant whose `if` holds; -1 is the rule's own text."""
    for i, (condition, texts) in enumerate(rule.variants):
        if texts and look.truth(condition):
            return i
    return -1


def texts_of(rule: CompiledRule, variant: int) -> Mapping[str, Text]:
    return rule.texts if variant < 0 else rule.variants[variant][1]
