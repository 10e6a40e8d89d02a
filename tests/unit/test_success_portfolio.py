"""The rank and its reasons, and the sums of revenue, against cases worked by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waypost.success.health import Health
from waypost.success.portfolio import Reason, arr_of, opportunities, rank_of, weight_of
from waypost.success.portfolio_words import reason_words
from waypost.success.revenue import Standing, red_arr, renewing_at_risk, retention, revenue_at_risk
from waypost.success.signals import Signals

RED, GREEN = Health(score=30, band="red"), Health(score=90, band="green")


def points(signals: Signals, health: Health = GREEN, before: float | None = None, **tasks: int) -> dict[str, float]:
    return {one.code: one.points for one in rank_of(signals, health, before, None, tasks)[1]}


def test_each_reason_has_its_points() -> None:
    assert points(Signals()) == {}
    assert points(Signals(), RED) == {"red": 25}
    assert points(Signals(), Health(score=60, band="yellow")) == {"yellow": 8}
    assert points(Signals(fell=0.43, fell_far=True)) == {"usage_fell": pytest.approx(21.5)}
    assert points(Signals(fell=0.9, fell_far=True)) == {"usage_fell": 30}
    assert points(Signals(fell=0.43)) == {}
    assert points(Signals(contact_gone=True)) == {"contact_gone": 15}
    assert points(Signals(tickets_rose=True, tickets_severe=2)) == {"tickets_rose": 10, "tickets_severe": 10}
    assert points(Signals(tickets_severe=9)) == {"tickets_severe": 15}
    assert points(Signals(), GREEN, 100.0) == {}
    assert points(Signals(), GREEN, 100.5) == {"health_fell": 10.5}
    assert points(Signals(), RED, 80.0) == {"red": 25, "health_fell": 20}


def test_open_alerts_count_by_severity_up_to_forty() -> None:
    assert points(Signals(), low=1, medium=1) == {"tasks": 20}
    assert points(Signals(), high=1, medium=1) == {"tasks": 40}


def test_a_renewal_counts_when_it_is_near_and_health_is_shaky() -> None:
    shaky = Health(score=59.9, band="yellow")
    assert points(Signals(days_to_renewal=90), shaky)["renewal"] == 10
    assert points(Signals(days_to_renewal=45), shaky)["renewal"] == 17.5
    assert points(Signals(days_to_renewal=0), shaky)["renewal"] == 25
    for signals, health in ((91, shaky), (-1, shaky), (10, Health(score=60, band="yellow"))):
        assert "renewal" not in points(Signals(days_to_renewal=signals), health)


def test_the_rank_is_the_points_times_the_weight_of_the_revenue() -> None:
    assert [weight_of(arr) for arr in (None, 0, 9_000, 99_000, 999_000, 10**9)] == [1, 1, 1.5, 2, 2.5, 2.5]
    rank, why = rank_of(Signals(contact_gone=True), RED, None, 99_000, {})
    assert (rank, [one.code for one in why]) == (80, ["red", "contact_gone"])
    everything = Signals(fell=1.0, fell_far=True, contact_gone=True, tickets_rose=True, tickets_severe=5)
    assert rank_of(everything, RED, 90, 10**9, {"high": 5})[0] == 250


@settings(max_examples=300)
@given(
    st.builds(Signals, fell=st.none() | st.floats(0.3, 1), fell_far=st.booleans(), contact_gone=st.none() | st.booleans(),
              tickets_severe=st.none() | st.integers(0, 50), tickets_rose=st.booleans(),
              days_to_renewal=st.none() | st.integers(-500, 500)),
    st.floats(0, 100), st.none() | st.floats(0, 100), st.none() | st.floats(0, 1e12),
    st.dictionaries(st.sampled_from(["high", "medium", "low", "odd"]), st.integers(1, 99)),
)  # fmt: skip
def test_a_rank_is_bounded_and_the_same_for_the_same_numbers(
    signals: Signals, score: float, before: float | None, arr: float | None, tasks: dict[str, int]
) -> None:
    health = Health(score=score, band="red" if score < 40 else "green")
    rank, why = rank_of(signals, health, before, arr, tasks)
    assert 0 <= rank <= 250
    assert (rank, why) == rank_of(signals, health, before, arr, tasks)
    assert [one.points for one in why] == sorted((one.points for one in why), reverse=True)
    for reason in why:
        for lang in ("en", "ru"):
            assert "{" not in reason_words(reason, lang)


def test_revenue_is_arr_or_twelve_times_mrr() -> None:
    assert arr_of({"arr": 1200, "mrr": 5}) == 1200
    assert arr_of({"mrr": 100}) == 1200
    assert arr_of({"arr": 0}) == 0
    assert [arr_of({"arr": odd}) for odd in ("9", -1, True, None, float("inf"))] == [None] * 5


def test_room_to_grow_has_its_numbers() -> None:
    found = opportunities(Signals(mau=9, seats=10, limit_hits=2, tried=("reports",)))
    assert [one.code for one in found] == ["seats_full", "limit_hit", "tried"]
    assert opportunities(Signals(mau=8, seats=9)) == ()
    assert opportunities(Signals(mau=3)) == ()
    assert [reason_words(one, "ru", {"reports": "Отчёты"}) for one in found] == [
        "занято мест: 9 из 10", "упирались в ограничение тарифа, раз: 2", "пробовали «Отчёты», чего нет в тарифе",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "en", "ru"),
    [
        (Reason("usage_fell", 1, {"fell": 0.43, "recent": 58.0, "norm": 102.0}),
         "usage fell by 43%: 58 key actions in 7 days, usually 102",
         "использование упало на 43\u202f%: ключевых действий за 7 дней 58, обычно 102"),
        (Reason("renewal", 1, {"days": 21, "health": 35.2}),
         "renewal in 21 days, health 35", "продление через 21 день, оценка 35"),
        (Reason("renewal", 1, {"days": 0, "health": 35.2}), "renewal today, health 35", "продление сегодня, оценка 35"),
        (Reason("health_fell", 1, {"health": 40.0, "before": 80.0}),
         "health fell from 80 to 40 in four weeks", "оценка за четыре недели упала с 80 до 40"),
    ],
)  # fmt: skip
def test_reasons_are_told_in_two_languages(reason: Reason, en: str, ru: str) -> None:
    assert (reason_words(reason, "en"), reason_words(reason, "ru")) == (en, ru)


def standing(arr: float | None, health: float | None, band: str, **more: Any) -> Standing:
    return Standing(arr, health, band, **more)


PORTFOLIO = [
    standing(1000.0, 30, "red", days_to_renewal=10),
    standing(500.0, 59.9, "yellow", days_to_renewal=90),
    standing(400.0, 60, "yellow", days_to_renewal=5),
    standing(300.0, 20, "red", days_to_renewal=91),
    standing(200.0, 20, "red", days_to_renewal=-1),
    standing(None, 20, "red", days_to_renewal=0),
    standing(100.0, None, ""),
]


def test_red_arr_and_renewing_at_risk_are_plain_sums() -> None:
    assert red_arr(PORTFOLIO) == 1500
    assert renewing_at_risk(PORTFOLIO) == (3, 1500)
    assert (red_arr([]), renewing_at_risk([])) == (0, (0, 0))


def test_revenue_at_risk_takes_the_rate_of_each_band_with_its_prior() -> None:
    assert revenue_at_risk(PORTFOLIO) == pytest.approx(2500 / 20)
    past = [("red", True)] * 5 + [("red", False)] * 5 + [("yellow", False)] * 20
    # red (5+1)/(10+20) = 0.2, yellow (0+1)/(20+20) = 0.025, no band 1/20
    assert revenue_at_risk(PORTFOLIO, past) == pytest.approx(1500 * 0.2 + 900 * 0.025 + 100 / 20)


def test_retention_is_of_the_accounts_that_had_revenue_at_the_start() -> None:
    found = retention({"a": 100.0, "b": 100.0, "c": 50.0, "d": 0.0}, {"a": 150.0, "b": 80.0, "new": 999.0})
    assert found is not None
    # kept 150 + 80 + 0 of 250; without growth 100 + 80
    assert (found.nrr, found.grr, found.accounts) == (0.92, 0.72, 3)
    assert retention({"d": 0.0}, {"d": 9.0}) is None
    assert retention({}, {}) is None


@settings(max_examples=300)
@given(
    st.dictionaries(st.sampled_from("abcdef"), st.floats(0.01, 1e6)),
    st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 1e6)),
)
def test_gross_retention_is_never_above_one_nor_above_net(before: dict[str, float], now: dict[str, float]) -> None:
    found = retention(before, now)
    assert (found is None) == (not before)
    if found is not None:
        assert 0 <= found.grr <= 1 + 1e-9
        assert found.grr <= found.nrr + 1e-9
