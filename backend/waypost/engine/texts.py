"""Which words of a tip: the variant that fits the person or is drawn for them, in the nearest language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from waypost.delivery.assign import drawn_text
from waypost.delivery.case import Case
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


def pick_variant(case: Case, rule: CompiledRule) -> int:
    """The first variant whose `if` holds; for who is left, the one they are drawn for. -1 is the rule's own text."""
    for i, variant in enumerate(rule.variants):
        if variant.condition is not None and case.look.truth(variant.condition):
            return i
    return drawn_text(case, rule) if rule.shares else -1


def texts_of(rule: CompiledRule, variant: int) -> Mapping[str, Text]:
    return rule.texts if variant < 0 else rule.variants[variant].texts
