"""Stage 3, the attention budget: every tip costs, a dismissal makes all of them dearer, and a week has so much to spend.

One person has `attention` in a rolling week; an account has `attention_of_account` for each person who was active on
the last seven of its days, and never less than one person. What somebody paid stands; what they would pay now depends on their latest dismissals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from waypost.delivery.case import Case, Held
from waypost.facts.days import local_day
from waypost.facts.history import View
from waypost.facts.subject import Facts
from waypost.model import DAY, Json
from waypost.rules.plan import CompiledRule
from waypost.settings import Policy

__all__ = ["PRICES", "over_budget", "price"]

PRICES = {"tooltip": 1, "corner": 1, "banner": 2, "modal": 3}  # by surface; what is not here costs nothing
WEEK = 7 * DAY


def price(kind: str, surface: str) -> int:
    """What a view costs before dismissals make it dearer. What people open themselves costs nothing."""
    if kind == "checklist":
        return 0
    return 2 if kind == "survey" else PRICES.get(surface, 0)


def over_budget(case: Case, rule: CompiledRule) -> Held | None:
    """Why this person, or their account, has no attention left for the tip; None when there is some."""
    cost = price(rule.kind, rule.surface)
    if not cost:
        return None
    history = case.history
    closed = [act.t for act in history.acts if act.what == "dismissed"]
    paid = [(view.t, base * _factor(closed, view.t, view.t)) for view, base in _priced(history.views)]
    whole = case.plan.frequency.attention

    def fits(t: int) -> bool:
        return _spent(paid, t) + cost * _factor(closed, t, t + 1) <= whole

    if not fits(case.now):
        until = _first(case.now, [*(t + WEEK for t, _ in paid), *(t + Policy.dearer_ms for t in closed)], fits)
        dear = cost * _factor(closed, case.now, case.now + 1)
        return Held(3, "attention_user", _figures(_spent(paid, case.now), dear, whole, until), until)
    return _over_budget_of_account(case, case.account, cost) if case.account is not None else None


def _over_budget_of_account(case: Case, account: Facts, cost: int) -> Held | None:
    atom = case.plan.active_people
    if not atom or atom in account.awaiting:
        return None
    today = local_day(case.now, case.context.env.account_zone)
    people = sum(today - 7 < day <= today for day in account.states.get(atom, {}).values())
    frequency = case.plan.frequency
    whole = max(frequency.attention, frequency.attention_of_account * people)
    paid = [(view.t, float(base)) for view, base in _priced(account.tips.views)]
    if _spent(paid, case.now) + cost <= whole:
        return None
    until = _first(case.now, [t + WEEK for t, _ in paid], lambda t: _spent(paid, t) + cost <= whole)
    return Held(3, "attention_account", _figures(_spent(paid, case.now), cost, whole, until), until)


def _figures(spent: float, cost: float, whole: float, until: int | None) -> dict[str, Json]:
    detail: dict[str, Json] = {"spent": round(spent, 2), "cost": round(cost, 2), "budget": round(whole, 2)}
    return detail if until is None else {**detail, "until": until}


def _priced(views: Sequence[View]) -> Iterator[tuple[View, int]]:
    for view in views:
        if view.intrusive and (cost := price(view.kind, view.surface)):
            yield view, cost


def _factor(closed: Sequence[int], t: int, before: int) -> float:
    """1, and a half more for each dismissal later than 14 d before t, and before `before`."""
    return 1 + Policy.dearer_by * sum(t - Policy.dearer_ms < at < before for at in closed)


def _spent(paid: Sequence[tuple[int, float]], t: int) -> float:
    return sum(cost for at, cost in paid if t - WEEK < at <= t)


def _first(now: int, times: Sequence[int], fits: Callable[[int], bool]) -> int | None:
    """The first of the times after now at which it fits, if nothing else happens."""
    return next((t for t in sorted({t for t in times if t > now}) if fits(t)), None)
