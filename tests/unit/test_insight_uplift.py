"""The arithmetic of an effect against worked examples, the explicit formulas, and thousands of simulated experiments."""

from __future__ import annotations

import sys
from math import sqrt
from typing import Any

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from tests.scale import scaled
from waypost.errors import Unavailable
from waypost.insight import uplift
from waypost.insight.uplift import (
    BASE,
    BETTER,
    BURN_IN,
    Records,
    always_valid,
    judge,
    newcombe,
    planned_size,
    pooled,
    power,
    ratio,
    sample_size,
    share_interval,
    srm,
    welch,
)

SEED = 20_270_115
Counts = tuple[int, int, int, int]
EXAMPLE: Counts = (540, 4_500, 42, 500)  # reached, shown, reached, held out: section 5.1


def arm(x: Any, n: Any) -> tuple[Any, Any, Any]:
    return n, x / n, x / n * (1 - x / n)


def fill(*days: Counts) -> Records:
    """People by day, from 0: (reached, shown, reached, held out)."""
    records = Records()
    for day, (x1, n1, x0, n0) in enumerate(days):
        records.by_day[day] = [n1, x1, n0, x0]
    return records


# -- worked examples


def test_the_worked_example_of_the_difference() -> None:
    low, high = newcombe(*EXAMPLE)
    assert (round(540 / 4_500 - 42 / 500, 4), round(low, 4), round(high, 4)) == (0.0360, 0.0069, 0.0594)
    z, p = pooled(*EXAMPLE)
    assert (round(z, 3), round(p, 4)) == (2.381, 0.0173)
    assert [round(value, 3) for value in ratio(*EXAMPLE)] == [1.429, 1.058, 1.929]


def test_the_worked_example_of_the_sample_size() -> None:
    assert sample_size(0.1) == (537, 4_833)
    assert sample_size(0.5) == (1_106, 1_106)


def test_the_worked_example_of_looking_every_day() -> None:
    x1, n1, x0, n0 = EXAMPLE
    low, high = always_valid(arm(x1, n1), arm(x0, n0), 5_000)
    assert round((high - low) / 2, 4) == 0.0404
    fixed = 1.959964 * sqrt(sum(v / n for n, _, v in (arm(x1, n1), arm(x0, n0))))
    assert (round(fixed, 4), round((high - low) / 2 / fixed, 2)) == (0.0261, 1.55)
    assert low < 0 < high, "not conclusive yet, although p = 0.017"


def test_the_worked_example_of_the_sample_ratio() -> None:
    chi2, p = srm(4_400, 600, 0.1)
    assert (round(chi2, 1), round(p, 6)) == (22.2, 2e-6)


def wilson(x: int, n: int) -> tuple[float, float]:
    z = stats.norm.isf(0.025)
    middle, half = x + z * z / 2, z * sqrt(x * (n - x) / n + z * z / 4)
    return (middle - half) / (n + z * z), (middle + half) / (n + z * z)


@pytest.mark.parametrize("counts", [EXAMPLE, (5, 1_000, 5, 100), (95, 100, 5, 100), (0, 10, 10, 10), (3, 7, 2, 9)])
def test_the_interval_is_newcombes_formula_and_that_of_statsmodels(counts: Counts) -> None:
    x1, n1, x0, n0 = counts
    p1, p0, (l1, u1), (l0, u0) = x1 / n1, x0 / n0, wilson(x1, n1), wilson(x0, n0)
    low = p1 - p0 - sqrt((p1 - l1) ** 2 + (u0 - p0) ** 2)
    high = p1 - p0 + sqrt((u1 - p1) ** 2 + (p0 - l0) ** 2)
    assert newcombe(*counts) == pytest.approx((low, high), abs=1e-12)
    assert newcombe(*counts) == confint_proportions_2indep(*counts, method="newcomb", compare="diff")
    assert share_interval(x1, n1) == pytest.approx(wilson(x1, n1), abs=1e-12)


def test_means_of_accounts_are_compared_as_scipy_does() -> None:
    rng = np.random.default_rng(SEED)
    one, other = rng.random(40), rng.random(55)
    low, high, p = welch((40, one.mean(), one.var(ddof=1)), (55, other.mean(), other.var(ddof=1)))
    found = stats.ttest_ind(one, other, equal_var=False)
    assert (low, high) == pytest.approx(tuple(found.confidence_interval(0.95)), abs=1e-12)
    assert p == pytest.approx(found.pvalue)
    assert welch((30, 0.0, 0.0), (30, 0.0, 0.0)) == (0.0, 0.0, 1.0)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "statsmodels.stats", None)
    uplift._tools.cache_clear()
    with pytest.raises(Unavailable, match=r"pip install 'waypost\[stats\]'"):
        newcombe(*EXAMPLE)
    monkeypatch.undo()
    uplift._tools.cache_clear()
    assert newcombe(*EXAMPLE)


# -- simulated experiments

DAYS, SHARE = 60, 0.1
PLANNED = sum(planned_size(SHARE))


def experiments(number: int, base: float, better: float, days: int = DAYS) -> tuple[Any, ...]:
    """Cumulated (x1, n1, x0, n0) of shape (number, days); PLANNED people in all, each drawn for its arm."""
    rng = np.random.default_rng(SEED)
    people = np.diff(np.linspace(0, PLANNED, days + 1).astype(int))
    n0 = rng.binomial(people, SHARE, (number, days))
    n1 = people - n0
    x1, x0 = rng.binomial(n1, better), rng.binomial(n0, base)
    return tuple(np.cumsum(counts, axis=1) for counts in (x1, n1, x0, n0))


def shown(x1: Any, n1: Any, x0: Any, n0: Any) -> Any:
    """Where judge() shows an interval."""
    return (np.minimum(np.minimum(x1, n1 - x1), np.minimum(x0, n0 - x0)) >= 5) & (n0 >= 100) & (n1 + n0 >= BURN_IN)


@pytest.mark.parametrize("base", [BASE, 0.3])
def test_whoever_looks_every_day_is_misled_in_5_percent_at_most(base: float) -> None:
    number = max(2_000, scaled(400))
    x1, n1, x0, n0 = experiments(number, base, base)
    visible = shown(x1, n1, x0, n0)
    assert visible[:, -1].mean() > 0.99
    n0 = np.maximum(n0, 1)
    low, high = always_valid(arm(x1, n1), arm(x0, n0), PLANNED)
    misled = (visible & ((low > 0) | (high < 0))).any(axis=1).mean()
    assert misled <= 0.05
    low, high = newcombe(x1, n1, x0, n0)
    daily = (visible & ((low > 0) | (high < 0))).any(axis=1).mean()
    assert daily > 0.1, "what a fixed interval does to them"


def found_in(low: Any) -> float:
    return float((low > 0).mean())


@pytest.mark.parametrize(("share", "people"), [(0.5, 2_212), (0.2, 3_585), (SHARE, 6_410)])
def test_the_planned_people_find_the_planned_effect(share: float, people: int) -> None:
    number, rng = max(20_000, scaled(20_000)), np.random.default_rng(SEED)
    n0, n1 = planned_size(share)
    assert n0 + n1 == people
    x1, x0 = rng.binomial(n1, BETTER, number), rng.binomial(n0, BASE, number)
    one, other = arm(x1, np.full(number, n1)), arm(x0, np.full(number, n0))
    low, _ = newcombe(x1, one[0], x0, other[0])
    assert found_in(low) == pytest.approx(0.8, abs=0.01)
    assert power(n1, n0) == pytest.approx(found_in(low), abs=0.01)
    always, _ = always_valid(one, other, n1 + n0)
    assert 0.2 < found_in(always) < found_in(low), "the price of looking every day"


def test_walds_number_of_people_is_walds_alone() -> None:
    number, rng = max(20_000, scaled(20_000)), np.random.default_rng(SEED)
    n0, n1 = sample_size(SHARE)
    x1, x0 = rng.binomial(n1, BETTER, number), rng.binomial(n0, BASE, number)
    one, other = arm(x1, np.full(number, n1)), arm(x0, np.full(number, n0))
    naive = one[1] - other[1] - 1.959964 * np.sqrt(one[2] / n1 + other[2] / n0)
    assert found_in(naive) >= 0.775
    assert power(n1, n0) == pytest.approx(0.72, abs=0.01), "Newcombe's interval, with the same people"


@pytest.mark.parametrize(("base", "better"), [(BASE, BASE), (BASE, BETTER), (0.4, 0.5)])
def test_a_fixed_interval_covers_the_truth_in_95_percent(base: float, better: float) -> None:
    number = max(10_000, scaled(10_000))
    low, high = newcombe(*experiments(number, base, better, days=1))
    assert 0.94 <= ((low <= better - base) & (better - base <= high)).mean() <= 0.96


# -- the verdict


def test_the_least_that_is_judged() -> None:
    assert judge(fill(), 0.1).code == "too_few"
    assert judge(fill((90, 900, 9, 100)), 0.1).code == "unclear"
    assert judge(fill((90, 900, 9, 99)), 0.1).code == "too_few", "the control group"
    assert judge(fill((90, 900, 4, 100)), 0.1).code == "too_few", "a cell"
    assert judge(fill((896, 900, 9, 100)), 0.1).code == "too_few", "a cell of those who did not"
    few = judge(fill((4, 90, 1, 10)), 0.1)
    assert (few.needed, few.planned) == (6_310, (641, 5_769))
    assert (few.latest.difference, few.latest.low, few.fixed) == (None, None, None)


def test_an_interval_begins_with_the_burn_in() -> None:
    looks = judge(fill((20, 99, 10, 100), (0, 1, 0, 0)), 0.5).looks
    assert [(look.difference is not None, look.low is not None) for look in looks] == [(True, False), (True, True)]


def test_a_large_effect_is_seen_before_the_planned_people_are_there() -> None:
    assert judge(fill((400, 900, 10, 100)), 0.1).code == "helps"
    assert judge(fill((45, 900, 50, 100)), 0.1).code == "hurts"


def test_the_look_fixed_beforehand_is_the_first_day_with_the_planned_people_and_stays() -> None:
    days = [(270, 2_250, 21, 250), (422, 3_519, 32, 391), (0, 900, 40, 100)]
    early, done, later = (judge(fill(*days[:n]), 0.1) for n in (1, 2, 3))
    assert (early.code, early.fixed, early.needed) == ("unclear", None, 3_910)
    assert (done.code, done.needed) == ("helps", 0)
    assert done.fixed is not None
    assert done.fixed.day == 1
    assert (done.fixed.low, done.fixed.high) == newcombe(692, 5_769, 53, 641)
    assert done.fixed.ratio == ratio(692, 5_769, 53, 641)
    assert (later.fixed, later.code) == (done.fixed, "helps")
    assert later.latest.difference == pytest.approx(692 / 6_669 - 93 / 741)


def test_no_difference_at_the_look_fixed_beforehand_is_said() -> None:
    assert judge(fill((485, 5_769, 53, 641)), 0.1).code == "no_difference"


def test_groups_of_the_wrong_size_are_not_compared() -> None:
    found = judge(fill((528, 4_400, 50, 600)), 0.1)
    assert (found.code, found.mismatch) == ("mismatch", srm(4_400, 600, 0.1))
    assert judge(fill((3, 40, 1, 5)), 0.1).mismatch is None, "fewer than 5 expected"


def accounts(arm_sizes: tuple[int, int], people: int = 8) -> Records:
    """Accounts of so many people; every second person of the shown ones reaches the goal, of the others every fourth."""
    records = Records()
    for held, number in enumerate(arm_sizes):
        for i in range(number):
            for person in range(people):
                reached = person % (4 if held else 2) == 0 and (i + person) % 3 > 0
                records.add(person % 2, held=bool(held), reached=reached, account=f"g:{held}-{i}")
    assert records.settle() == 0
    return records


def test_accounts_are_compared_by_their_means() -> None:
    found = judge(accounts((120, 120)), 0.5, by_account=True)
    assert (found.accounts, found.code) == ((120, 120), "helps")
    records = accounts((30, 30))
    means = {False: [], True: []}
    for arms in records.accounts.values():
        for held in (False, True):
            if arms[held]:
                total = sum(arms[held].values())
                means[held].append(sum(n for (_, reached), n in arms[held].items() if reached) / total)
    found = judge(records, 0.5, by_account=True)
    assert found.latest.difference == pytest.approx(np.mean(means[False]) - np.mean(means[True]))
    assert (found.latest.low, found.fixed) == (None, None), "60 accounts are below the burn-in"


def test_with_fewer_than_30_accounts_in_a_group_there_is_no_verdict_and_no_p() -> None:
    found = judge(accounts((40, 29), people=200), 0.5, by_account=True)
    assert (found.code, found.fixed, found.latest.low) == ("too_few", None, None)


def test_of_planned_accounts_the_fixed_look_is_welchs() -> None:
    found = judge(accounts((150, 140)), 0.5, by_account=True)
    assert found.fixed is not None
    assert (found.fixed.z, found.fixed.ratio, found.fixed.day) == (None, None, 1)
    assert found.fixed.low < found.fixed.difference < found.fixed.high


def test_an_account_with_people_in_both_groups_is_dropped_whole() -> None:
    records = Records()
    for held, reached in ((False, True), (False, False), (True, True)):
        records.add(0, held=held, reached=reached, account="g:torn")
    records.add(0, held=True, reached=True, account="g:whole")
    assert (records.settle(), records.by_day, set(records.accounts)) == (3, {0: [0, 0, 1, 1]}, {"g:whole"})
