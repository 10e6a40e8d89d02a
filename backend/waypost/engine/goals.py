"""Which goals may count as reached now: success is a goal that becomes true inside its window after the first view."""

from __future__ import annotations

from waypost.facts.history import TipHistory
from waypost.rules.plan import FOLDED, CompiledRule, Plan

__all__ = ["goals_waiting"]


def goals_waiting(plan: Plan, history: TipHistory, now: int) -> list[tuple[CompiledRule, int]]:
    """(rule, its first view) wherever the window is open and the goal was not reached yet."""
    return [
        (rule, mark.first_view)
        for tip, mark in history.marks.items()
        if mark.first_view and not mark.success_at and (rule := plan.find(tip)) and rule.goal
        if rule.state in FOLDED
        if mark.first_view < now <= mark.first_view + rule.goal_window
    ]
