"""The figures of surveys: worked by hand, and against statsmodels and scipy."""

from __future__ import annotations

import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from waypost.insight.surveys import LEAST, by_account, ces, csat, nps, student, wilson


def test_the_worked_example_of_the_semantics() -> None:
    found = nps([10] * 52 + [7] * 30 + [0] * 18)
    assert found.value == pytest.approx(34.0)
    assert (round(found.value - found.low, 1), round(found.high - found.value, 1)) == (15.0, 15.0)


@pytest.mark.parametrize(
    ("scores", "value"), [([9, 10], 100), ([0, 6], -100), ([7, 8], 0), ([6, 7, 8, 9], 0), ([10, 9, 8, 6], 25)]
)
def test_nine_and_ten_promote_and_six_and_less_detract(scores: list[int], value: float) -> None:
    assert nps(scores).value == pytest.approx(value)


def test_the_interval_of_a_net_promoter_score_stays_on_its_scale() -> None:
    assert nps([10] * 11 + [0]).high == 100
    assert nps([0] * 11 + [10]).low == -100


@pytest.mark.parametrize(("x", "n"), [(0, 1), (1, 1), (0, 10), (10, 10), (7, 10), (80, 100), (1, 10_000)])
def test_the_interval_of_a_share_is_wilsons(x: int, n: int) -> None:
    found = wilson(x, n)
    assert (found.low, found.high) == pytest.approx(proportion_confint(x, n, method="wilson"), abs=1e-12)
    assert found.value == x / n


def test_who_gives_four_or_five_is_satisfied() -> None:
    assert csat([5, 4, 3, 2, 1]).value == pytest.approx(0.4)


@pytest.mark.parametrize("free", range(LEAST - 1, 200))
def test_the_quantile_of_student_is_right_to_four_digits(free: int) -> None:
    assert student(free) == pytest.approx(stats.t.ppf(0.975, free), abs=5e-5)


def test_the_mean_of_the_effort_has_students_interval() -> None:
    scores = [7, 6, 6, 5, 3, 7, 2, 4, 6, 5, 6, 7]
    found, mean = ces(scores), sum(scores) / len(scores)
    low, high = stats.t.interval(0.95, len(scores) - 1, mean, stats.sem(scores))
    assert found.value == pytest.approx(mean)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


def test_each_account_counts_once_however_many_people_of_it_answered() -> None:
    large = [("g:large", 0)] * 8
    assert by_account([*large, ("g:small", 10), (None, 10)]) == (2, 0.0)
    assert by_account([(None, 10)]) is None
