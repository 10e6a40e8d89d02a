"""Health in words, English and Russian: each component with its numbers, what holds it down, why it changed."""

from __future__ import annotations

from waypost.success.health import Component, Health

__all__ = ["component_words", "explain_change", "override_words"]


def component_words(component: Component, lang: str) -> str:
    """One line: "Usage fell by 43 %: 58 key actions in 7 days, usually 102"."""
    raise NotImplementedError


def override_words(override: str, lang: str) -> str:
    """Why the score is at most 39; "" for no override."""
    raise NotImplementedError


def explain_change(before: Health, after: Health, lang: str) -> str:
    """Why the score changed, in one sentence; "" for a change of at most FAR points."""
    raise NotImplementedError
