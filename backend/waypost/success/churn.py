"""Weights of health learnt from the customers that left: how each component tells who leaves within 90 days.

Source: semantics, section 5.2. Weights are opinions until LEAST customers left; then a logistic regression of leaving on
the components at that time says them. One look at each account in 13 weeks, so that nobody's leaving counts twice. Learnt
on the earlier looks, tried on the later ones. The health score falls with the odds of leaving when a component's weight
is its coefficient with the sign turned, so that is what it becomes; one that tells the wrong way round gets none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import msgspec

from waypost.errors import BadInput, Unavailable
from waypost.facts.days import local_day, zone
from waypost.facts.subject import decode
from waypost.store import portfolio
from waypost.store.facts import load_facts
from waypost.store.sqlite import Tx
from waypost.success.health import COMPONENTS, Health

__all__ = ["APART", "HORIZON", "LEAST", "Learnt", "Past", "Tried", "learn", "look_of", "past_of"]

LEAST = 30  # customers that left
HORIZON = 90  # days after a look in which leaving counts
APART = 91  # days between two looks: 13 weeks
EARLIER = 2 / 3  # of those who left, at least: what is learnt from
KNOWN = 0.5  # of the earlier looks must know a component, or its weight stays as it is
PRIOR_SD = 5.0  # of a coefficient: weak, for thirty leavings say little of seven components
ADVICE = "learning weights needs statistics: pip install 'waypost[stats]'"

Parts = Mapping[str, float | None]  # component -> 0 to 1, None = cannot be said


@dataclass(frozen=True, slots=True)
class Past:
    """One account at the end of the ISO week that began on local day `week`."""

    account: str
    week: int
    parts: Parts
    lost: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """On the later looks. `expected`: leavings by the learnt chances. `brier`: mean squared error of the chance, `plain`:
    that of the earlier rate for everybody. `called`: accounts with the lowest score, so many a look; `caught` of `lost`
    were among them, with the learnt weights and with those of now."""

    looks: int
    lost: int
    expected: float
    brier: float
    plain: float
    called: int
    caught: int
    caught_now: int


@dataclass(frozen=True, slots=True)
class Learnt:
    """`weights`: of every component, together as much as those of now. `until`: the first later week."""

    weights: dict[str, float]
    looks: int
    lost: int
    until: int
    tried: Tried


def past_of(tx: Tx, project_id: int, now: int, timezone: str) -> list[Past]:
    """Every look that says something. An account left on the local day since which its trait `status` is "churned"."""
    today, left = local_day(now, zone(timezone)), _left(tx, project_id, timezone)
    found = []
    week = portfolio.first_week(tx, project_id, 0)
    while week is not None and week < today:
        for account, body in portfolio.week_bodies(tx, project_id, week):
            parts = {one.id: one.value for one in msgspec.json.decode(body, type=Health).components}
            found.append(look_of(account, week, parts, left.get(account), today))
        week += APART
    return [one for one in found if one is not None]


def _left(tx: Tx, project_id: int, timezone: str) -> dict[str, int]:
    days = {}
    for account in portfolio.churned(tx, project_id):
        stored = load_facts(tx, project_id, account)
        status = decode(stored[1]).traits.get("status") if stored else None
        if status is not None:
            days[account] = local_day(status.t, zone(timezone))
    return days


def look_of(account: str, week: int, parts: Parts, left: int | None, today: int) -> Past | None:
    """A look and what came of it; None when the account had left by then, or its 90 days are not over.

    `left`: the local day on which the account left.
    """
    end = week + 6
    if today - end < HORIZON or (left is not None and left <= end):
        return None
    return Past(account, week, parts, left is not None and left - end <= HORIZON)


def learn(past: Iterable[Past], now: Mapping[str, float], capacity: int) -> Learnt:
    """`now`: the weights in force. `capacity`: accounts that can be called after a look.

    Raises BadInput where too few left, or at one time only; Unavailable without the extra `stats`.
    """
    looks = sorted(past, key=lambda one: (one.week, one.account))
    lost = sum(one.lost for one in looks)
    if lost < LEAST:
        raise BadInput(f"{lost} customers left so far; weights are learnt from {LEAST} on", code="too_few")
    until = _split(looks, lost)
    earlier, later = ([one for one in looks if (one.week < until) is side] for side in (True, False))
    if not any(one.lost for one in later):
        raise BadInput("nobody left in the later weeks, so what is learnt cannot be tried yet", code="too_few")
    model = _Model.of(earlier)
    weights = model.weights(now)
    chances = [model.chance(one.parts) for one in later]
    rate = sum(one.lost for one in earlier) / len(earlier)
    tried = Tried(
        looks=len(later),
        lost=sum(one.lost for one in later),
        expected=sum(chances),
        brier=sum((p - one.lost) ** 2 for p, one in zip(chances, later, strict=True)) / len(later),
        plain=sum((rate - one.lost) ** 2 for one in later) / len(later),
        called=sum(min(capacity, len(list(group))) for _, group in groupby(later, key=_week)),
        caught=_caught(later, weights, capacity),
        caught_now=_caught(later, now, capacity),
    )
    return Learnt(weights, len(earlier), sum(one.lost for one in earlier), until, tried)


def _week(one: Past) -> int:
    return one.week


def _split(looks: Sequence[Past], lost: int) -> int:
    """The first week before which EARLIER of all leavings are."""
    before = 0
    for week, group in groupby(looks, key=_week):
        if before >= EARLIER * lost:
            return week
        before += sum(one.lost for one in group)
    raise BadInput("all of them left at one time, so what is learnt cannot be tried later", code="too_few")


@dataclass(frozen=True)
class _Model:
    """log odds of leaving = intercept + Σ coefficient · component, which is its mean where it cannot be said."""

    intercept: float
    coefficients: dict[str, float]
    means: dict[str, float]

    @classmethod
    def of(cls, looks: Sequence[Past]) -> _Model:
        np, api = _tools()
        means: dict[str, float] = {}
        for name in COMPONENTS:
            known = [value for one in looks if (value := one.parts.get(name)) is not None]
            if len(known) >= KNOWN * len(looks) and min(known) < max(known):
                means[name] = sum(known) / len(known)
        rows = [[1.0, *_filled(one.parts, means)] for one in looks]
        penalty = np.array([0.0] + [1 / (len(looks) * PRIOR_SD**2)] * len(means))
        regression = api.GLM(
            np.array([float(one.lost) for one in looks]), np.array(rows), family=api.families.Binomial()
        )
        found = regression.fit_regularized(alpha=penalty, L1_wt=0.0, maxiter=1_000).params
        return cls(float(found[0]), dict(zip(means, map(float, found[1:]), strict=True)), means)

    def chance(self, parts: Parts) -> float:
        values = zip(self.coefficients.values(), _filled(parts, self.means), strict=True)
        odds = _tools()[0].exp(self.intercept + sum(b * x for b, x in values))
        return float(odds / (1 + odds))

    def weights(self, now: Mapping[str, float]) -> dict[str, float]:
        """The learnt components share what they weigh now; the others keep theirs."""
        tells = {name: max(0.0, -value) for name, value in self.coefficients.items()}
        whole, share = sum(tells.values()), sum(now[name] for name in tells)
        if not whole:
            raise BadInput("no component tells who leaves", code="no_weight")
        return {name: round(share * tells[name] / whole, 2) if name in tells else now[name] for name in COMPONENTS}


def _filled(parts: Parts, means: Mapping[str, float]) -> list[float]:
    return [mean if (value := parts.get(name)) is None else value for name, mean in means.items()]


def _caught(looks: Sequence[Past], weights: Mapping[str, float], capacity: int) -> int:
    """How many that left were among the `capacity` lowest scores of their look."""
    return sum(
        one.lost
        for _, group in groupby(looks, key=_week)
        for one in sorted(group, key=lambda one: (_score(one.parts, weights), one.account))[:capacity]
    )


def _score(parts: Parts, weights: Mapping[str, float]) -> float:
    known = {name: value for name in COMPONENTS if (value := parts.get(name)) is not None}
    said = sum(weights[name] for name in known)
    return sum(weights[name] * value for name, value in known.items()) / said if said else 1.0


def _tools() -> tuple[Any, Any]:
    try:
        import numpy
        from statsmodels import api
    except ImportError as error:
        raise Unavailable(ADVICE, code="stats_missing") from error
    return numpy, api
