"""Stage 5, the fatigue guard: who closes tips, or lets them stand, gets fewer; who uses them gets them again (section 2.2).

Fatigue halves every fourteen days and grows with each answer that is no answer. A category rests after two
dismissals in a row, longer each time; an engagement halves that count, it does not forget it. Critical tips pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from waypost.delivery.case import Held
from waypost.facts.history import Act, TipHistory
from waypost.rules.plan import CompiledRule
from waypost.settings import Policy

__all__ = ["Fatigue", "fatigue_of", "rested", "tired"]

WEIGHTS = {"dismissed": 1.0, "snoozed": 0.25, "clicked": -1.0, "answered": -1.0, "completed": -2.0}
QUICK, IGNORED = 1.5, 0.5
ENGAGED = frozenset({"clicked", "answered", "completed"})
IN_A_ROW = 2  # dismissals after which a category rests

Fatigue = tuple[float, int]  # how tired, and as of when (ms): it halves from there


def fatigue_of(history: TipHistory, now: int) -> Fatigue:
    """The fatigue after the latest answer until now."""
    level, as_of = 0.0, 0
    for t, weight in sorted(_answers(history, now)):
        level = max(0.0, level * _left(t - as_of) + weight)
        as_of = t
    return level, as_of


def _answers(history: TipHistory, now: int) -> Iterator[tuple[int, float]]:
    """(when, weight) of what was done with tips, and of views that were left alone for half an hour."""
    seen = {(view.tip, view.offer): view.t for view in history.views}
    answered = {(act.tip, act.offer) for act in history.acts if act.t <= now}
    for act in history.acts:
        if act.t <= now and act.what in WEIGHTS:
            quick = act.what == "dismissed" and act.t - seen.get((act.tip, act.offer), 0) < Policy.quick_ms
            yield act.t, QUICK if quick else WEIGHTS[act.what]
    for view in history.views:
        left = view.t + Policy.ignored_ms
        if view.intrusive and not view.ghost and left <= now and (view.tip, view.offer) not in answered:
            yield left, IGNORED


def _left(ms: int) -> float:
    return math.exp2(-ms / Policy.fatigue_half_ms)


def tired(fatigue: Fatigue, rule: CompiledRule, now: int) -> Held | None:
    """Whether this person has had too much for a tip of this priority."""
    level, as_of = fatigue
    limit = {"critical": math.inf, "high": Policy.fatigue_critical}.get(rule.priority, Policy.fatigue_high)
    if level * _left(now - as_of) < limit:
        return None
    until = as_of + math.ceil(Policy.fatigue_half_ms * math.log2(level / limit)) + 1
    return Held(5, "fatigue", {"level": round(level, 2), "threshold": limit, "at": as_of, "until": until}, until)


def rested(history: TipHistory, rule: CompiledRule, now: int) -> Held | None:
    """Whether the category of a tip still rests."""
    if rule.priority == "critical":
        return None
    count, last = _in_a_row([act for act in history.acts if act.category == rule.category and act.t <= now])
    if count < IN_A_ROW:
        return None
    until = last + min(Policy.category_rest_ms << (count - IN_A_ROW), Policy.category_rest_most_ms)
    if now >= until:
        return None
    return Held(
        5, "fatigue_category", {"category": rule.category, "count": count, "limit": IN_A_ROW, "until": until}, until
    )


def _in_a_row(acts: list[Act]) -> tuple[int, int]:
    """(dismissals in a row, halved by each engagement, when the last of them was)."""
    count = last = 0
    for act in acts:
        if act.what == "dismissed":
            count, last = count + 1, act.t
        elif act.what in ENGAGED:
            count //= 2
    return count, last
