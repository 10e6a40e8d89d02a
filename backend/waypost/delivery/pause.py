"""A CSM pause: which tips it holds back, and what it says of itself wherever one of them is explained."""

from __future__ import annotations

from collections.abc import Iterable

from waypost.facts.subject import Facts
from waypost.model import ACCOUNT, Json, Pause
from waypost.rules.plan import CompiledRule

__all__ = ["in_force", "pause_detail", "pausing"]


def in_force(pauses: Iterable[Pause], now: int) -> list[Pause]:
    """The one that lasts longest first: of two that hold a tip back it alone says when to ask again."""
    return sorted((pause for pause in pauses if pause.in_force(now)), key=lambda pause: -pause.ends_at)


def pausing(pauses: Iterable[Pause], rule: CompiledRule, now: int) -> Pause | None:
    """The pause that holds a rule back."""
    return None if rule.mandatory else next((p for p in in_force(pauses, now) if rule.id not in p.allow), None)


def pause_detail(pause: Pause, account: Facts | None) -> dict[str, Json]:
    """Whose pause it is, by whom, why, and until when. Whole: the decision log needs nothing beside it."""
    detail: dict[str, Json] = {"pause": pause.id, "subject": pause.subject, "since": pause.from_at}
    detail |= {"until": pause.until_at, "ends": pause.ends_at, "event": pause.until_event}
    detail |= {"reason": pause.reason, "author": pause.author}
    if pause.subject.startswith(ACCOUNT):
        name = account.trait("name") if account else None
        detail["account"] = name if isinstance(name, str) and name else pause.subject.removeprefix(ACCOUNT)
    return detail
