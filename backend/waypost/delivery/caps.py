"""Stage 3: frequency caps and the attention budget. Rolling windows over views of any version, ghosts included;
critical passes but counts; what the person opened passes and does not count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from waypost.delivery.attention import over_budget
from waypost.delivery.case import Case, Held
from waypost.facts.history import View
from waypost.model import DAY, Json
from waypost.rules.plan import CompiledRule

__all__ = ["capped"]

NOTHING: Mapping[str, Json] = MappingProxyType({})
NAMED = 5  # views that a reason names at most


def capped(case: Case, rule: CompiledRule) -> Held | None:
    """The first exhausted cap of a rule, or None."""
    if rule.priority == "critical" or rule.opened:
        return None
    if case.history.views and (held := _of_person(case, rule)):
        return held
    if rule.intrusive and case.account is not None and (held := _of_account(case, case.account.tips.views)):
        return held
    return over_budget(case, rule)


def _of_person(case: Case, rule: CompiledRule) -> Held | None:
    views, frequency = case.history.views, case.plan.frequency
    of_tip = [v for v in views if v.tip == rule.id]
    of_category = [v for v in views if v.category == rule.category]
    category = {"category": rule.category}
    for limit, per, group in rule.caps:
        if group == "tip" and (held := _window(case, "cap_tip", of_tip, limit, per)):
            return held
    if held := _window(case, "cap_category_24h", of_category, frequency.category_day, DAY, category):
        return held
    for limit, per, group in rule.caps:
        if group == "category" and (held := _window(case, "cap_category", of_category, limit, per, category)):
            return held
    if rule.kind == "survey":
        surveys = [v for v in views if v.kind == "survey" and v.intrusive]
        if held := _window(case, "cap_survey", surveys, 1, frequency.survey_gap):
            return held
    return _of_all(case) if rule.intrusive else None


def _of_all(case: Case) -> Held | None:
    """What one person bears of tips that interrupt."""
    views, frequency = [v for v in case.history.views if v.intrusive], case.plan.frequency
    return (
        _in_session(case, views)
        or _window(case, "cap_user_24h", views, frequency.day, DAY)
        or _window(case, "cap_user_7d", views, frequency.week, 7 * DAY)
        or _window(case, "cap_gap", views, 1, frequency.gap)
    )


def _of_account(case: Case, views: Sequence[View]) -> Held | None:
    """What all people of an account together see of tips that interrupt."""
    for limit, per in case.plan.frequency.account:
        if held := _window(case, "cap_account", [v for v in views if v.intrusive], limit, per):
            return held
    return None


def _window(
    case: Case, code: str, views: Sequence[View], limit: int, per: int, more: Mapping[str, Json] = NOTHING
) -> Held | None:
    """At most `limit` in (now − per, now]. `views` ascend. The reason names those that fill the window."""
    recent = [v for v in views if v.t > case.now - per]
    if len(recent) < limit:
        return None
    until = recent[-limit].t + per if limit else None
    detail = {**more, "count": len(recent), "limit": limit, "per": per, "by": _named(recent, limit)}
    return Held(3, code, detail if until is None else {**detail, "until": until}, until)


def _in_session(case: Case, views: Sequence[View]) -> Held | None:
    session = case.session
    if session is None:
        return None
    here = [v for v in views if v.t >= session.start]
    limit = case.plan.frequency.session
    if len(here) < limit:
        return None
    return Held(3, "cap_session", {"count": len(here), "limit": limit, "by": _named(here, limit)})


def _named(views: Sequence[View], limit: int) -> list[Json]:
    """[tip, when seen] of the views that count, the latest last."""
    return [[v.tip, v.t] for v in views[len(views) - min(limit, NAMED) :]]
