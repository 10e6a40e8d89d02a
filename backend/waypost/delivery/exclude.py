"""Stage 6: tips that exclude each other, or need one another."""

from __future__ import annotations

from waypost.delivery.case import Case, Held
from waypost.model import DAY
from waypost.rules.plan import CompiledRule

__all__ = ["excluded"]

APART_MS = DAY  # between two views of one exclusive group


def excluded(case: Case, rule: CompiledRule) -> Held | None:
    """Why other tips keep this one back, or None."""
    missing = [tip for tip, did in rule.requires if not _met(case, tip, did)]
    if missing:
        return Held(6, "requires", {"by": missing[0]})
    blocking = [tip for tip, did in rule.blocked_by if _met(case, tip, did)]
    if blocking:
        return Held(6, "blocked_by", {"by": blocking[0]})
    return _group(case, rule) if rule.exclusive else None


def _met(case: Case, tip: str, did: str) -> bool:
    mark = case.mark(tip)
    return mark.success_at > 0 if did == "completed" else mark.views > 0


def _group(case: Case, rule: CompiledRule) -> Held | None:
    """One view of a group in 24 hours: by this person, or with `unit` account by anybody of the account."""
    shared = rule.unit == "account" and case.account is not None
    views = case.account.tips.views if shared and case.account is not None else case.history.views
    for view in reversed(views):
        if view.t <= case.now - APART_MS:
            break
        other = case.plan.find(view.tip)
        if other is not None and other is not rule and other.exclusive == rule.exclusive:
            until = view.t + APART_MS
            return Held(6, "exclusive_24h", {"group": rule.exclusive, "by": view.tip, "until": until}, until)
    return None
