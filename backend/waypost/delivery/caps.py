"""Stage 3: frequency caps. Rolling windows over views of any version, ghosts included; critical passes but counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from waypost.delivery.case import Case, Held
from waypost.model import DAY, Json
from waypost.rules.plan import CompiledRule
from waypost.settings import Policy

__all__ = ["capped"]

NOTHING: Mapping[str, Json] = MappingProxyType({})


def capped(case: Case, rule: CompiledRule) -> Held | None:
    """The first exhausted cap of a rule, or None."""
    views = case.history.views
    if rule.priority == "critical" or not views:
        return None
    of_tip = [v.t for v in views if v.tip == rule.id]
    of_category = [v.t for v in views if v.category == rule.category]
    category = {"category": rule.category}
    for limit, per, group in rule.caps:
        if group == "tip" and (held := _window(case, "cap_tip", of_tip, limit, per)):
            return held
    if held := _window(case, "cap_category_24h", of_category, Policy.category_per_day, DAY, category):
        return held
    for limit, per, group in rule.caps:
        if group == "category" and (held := _window(case, "cap_category", of_category, limit, per, category)):
            return held
    return _of_user(case) if rule.intrusive else None


def _of_user(case: Case) -> Held | None:
    """What one person bears of tips that interrupt."""
    times = [v.t for v in case.history.views if v.intrusive]
    return (
        _in_session(case, times)
        or _window(case, "cap_user_24h", times, Policy.intrusive_per_day, DAY)
        or _window(case, "cap_user_7d", times, Policy.intrusive_per_week, 7 * DAY)
        or _window(case, "cap_gap", times, 1, Policy.intrusive_gap_ms)
    )


def _window(
    case: Case, code: str, times: Sequence[int], limit: int, per: int, more: Mapping[str, Json] = NOTHING
) -> Held | None:
    """At most `limit` in (now − per, now]. `times` ascend."""
    recent = [t for t in times if t > case.now - per]
    if len(recent) < limit:
        return None
    until = recent[-limit] + per
    return Held(3, code, {**more, "count": len(recent), "limit": limit, "per": per, "until": until}, until)


def _in_session(case: Case, times: Sequence[int]) -> Held | None:
    session = case.session
    if session is None:
        return None
    count = sum(1 for t in times if t >= session.start)
    limit = Policy.intrusive_per_session
    return Held(3, "cap_session", {"count": count, "limit": limit}) if count >= limit else None
