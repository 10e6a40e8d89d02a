"""Weights of health learnt from the customers that left."""

from __future__ import annotations

from dataclasses import replace
from math import exp
from random import Random

import numpy as np
import pytest
import statsmodels.api as sm

from waypost.errors import BadInput
from waypost.rules.plan import HealthModel
from waypost.success.churn import APART, HORIZON, LEAST, Past, learn, look_of
from waypost.success.health import COMPONENTS

NOW = HealthModel().weights
TELLS = {
    "trend": 3.0,
    "breadth": 1.0,
    "depth": 2.0,
    "recency": 1.0,
    "onboarding": 0.0,
    "sentiment": 0.0,
    "support": 0.0,
}
WEEK = 20_727  # a Monday
END = WEEK + 6


def looks(seed: int, times: int = 8, accounts: int = 300) -> list[Past]:
    """Accounts that leave with the odds that TELLS gives; what onboarding says nothing about is mostly not known."""
    rng = Random(seed)
    found = []
    for i in range(times * accounts):
        parts: dict[str, float | None] = {name: rng.random() for name in COMPONENTS}
        odds = exp(0.5 - sum(weight * (parts[name] or 0.0) for name, weight in TELLS.items()))
        if rng.random() < 0.8:
            parts["onboarding"] = None
        found.append(Past(f"g:{i % accounts}", WEEK + i // accounts * APART, parts, rng.random() < odds / (1 + odds)))
    return found


def few(lost: int, times: int) -> list[Past]:
    """So many that left, one after the other over `times` looks, each with a low trend; as many that stayed."""
    pairs = [
        (
            Past(f"g:{i}", week, {"trend": 0.1 + i / 1_000}, True),
            Past(f"g:s{i}", week, {"trend": 0.8 + i / 1_000}, False),
        )
        for i in range(lost)
        for week in (WEEK + i % times * APART,)
    ]
    return [one for pair in pairs for one in pair]


@pytest.mark.parametrize("seed", range(5))
def test_weights_are_the_share_of_what_each_component_tells(seed: int) -> None:
    found = learn(looks(seed, accounts=1_500), NOW, 20)
    learnt = 1 - NOW["onboarding"]
    for name, weight in TELLS.items():
        if name != "onboarding":
            assert found.weights[name] == pytest.approx(learnt * weight / 7, abs=0.06), name
    assert found.weights["onboarding"] == NOW["onboarding"], "known of too few to be learnt"
    assert sum(found.weights.values()) == pytest.approx(1, abs=0.03)


def test_the_coefficients_are_those_of_the_library() -> None:
    past = looks(1, accounts=1_500)
    found = learn(past, NOW, 20)
    names = [name for name in COMPONENTS if name != "onboarding"]
    earlier = [one for one in past if one.week < found.until]
    rows = sm.add_constant(np.array([[one.parts[name] for name in names] for one in earlier], dtype=float))
    fitted = sm.Logit(np.array([one.lost for one in earlier], dtype=float), rows).fit(disp=0)
    tells = {name: max(0.0, -value) for name, value in zip(names, fitted.params[1:], strict=True)}
    for name in names:
        assert found.weights[name] == pytest.approx(0.9 * tells[name] / sum(tells.values()), abs=0.011)
    later = [one for one in past if one.week >= found.until]
    rows = sm.add_constant(np.array([[one.parts[name] for name in names] for one in later], dtype=float))
    chances = fitted.predict(rows)
    lost = np.array([one.lost for one in later], dtype=float)
    assert found.tried.expected == pytest.approx(chances.sum(), rel=0.01)
    assert found.tried.brier == pytest.approx(((chances - lost) ** 2).mean(), rel=0.01)


def test_what_was_learnt_is_tried_on_later_looks_only() -> None:
    past = looks(2)
    found = learn(past, NOW, 20)
    earlier, later = ([one for one in past if (one.week < found.until) is side] for side in (True, False))
    assert (found.looks, found.tried.looks) == (len(earlier), len(later))
    assert (found.lost, found.tried.lost) == (sum(one.lost for one in earlier), sum(one.lost for one in later))
    assert found.lost >= 2 / 3 * (found.lost + found.tried.lost)
    changed = [replace(one, parts=dict.fromkeys(COMPONENTS, 0.5)) if one.week >= found.until else one for one in past]
    assert learn(changed, NOW, 20).weights == found.weights


def test_as_many_are_called_after_each_look_as_can_be() -> None:
    past = few(LEAST, 10)
    found = learn(past, NOW, 2)
    weeks = {one.week for one in past if one.week >= found.until}
    assert found.tried.called == 2 * len(weeks)
    assert found.tried.caught == min(found.tried.lost, found.tried.called), "the lowest trend left"
    assert learn(past, NOW, 1_000).tried.called == found.tried.looks


def test_a_score_that_turns_things_round_catches_nobody() -> None:
    upside_down = [replace(one, parts={**one.parts, "support": 1 - (one.parts["trend"] or 0)}) for one in few(60, 10)]
    found = learn(upside_down, {**dict.fromkeys(COMPONENTS, 0.0), "support": 1.0}, 3)
    assert (found.tried.caught_now, found.tried.caught) == (0, found.tried.called)
    assert found.weights["support"] == 0.0


def test_thirty_customers_must_have_left() -> None:
    with pytest.raises(BadInput, match="29 customers left so far; weights are learnt from 30 on"):
        learn(few(LEAST - 1, 10), NOW, 20)
    assert learn(few(LEAST, 10), NOW, 20).weights["trend"] == NOW["trend"], "the only one that is known"


def test_they_must_have_left_at_more_than_one_time() -> None:
    with pytest.raises(BadInput, match="all of them left at one time"):
        learn(few(LEAST, 1), NOW, 20)
    staying = [replace(one, week=one.week + APART) for one in few(LEAST, 1) if not one.lost]
    with pytest.raises(BadInput, match="nobody left in the later weeks"):
        learn([*few(LEAST, 1), *staying], NOW, 20)


def test_nothing_is_learnt_from_what_tells_nothing() -> None:
    swapped = [replace(one, lost=not one.lost) for one in few(60, 10)]
    with pytest.raises(BadInput, match="no component tells who leaves"):
        learn(swapped, NOW, 20)


@pytest.mark.parametrize(
    ("left", "today", "lost"),
    [
        (END, END + 200, None),
        (END + 1, END + HORIZON, True),
        (END + 1, END + HORIZON - 1, None),
        (END + HORIZON, END + HORIZON, True),
        (END + HORIZON + 1, END + 200, False),
        (None, END + HORIZON, False),
        (None, END + HORIZON - 1, None),
    ],
)
def test_leaving_counts_within_ninety_days_of_a_look(left: int | None, today: int, lost: bool | None) -> None:
    found = look_of("g:a", WEEK, {"trend": 0.5}, left, today)
    assert (None if found is None else found.lost) is lost
