"""Health against cases worked by hand: components, weights that are scaled up, what holds it down, why it changed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waypost.rules.plan import WEIGHTS, HealthModel
from waypost.success.health import COMPONENTS, Component, Health, deltas, health_of
from waypost.success.health_words import component_name, component_words, explain_change, override_words
from waypost.success.signals import Signals

WHOLE: dict[str, Any] = {
    "fell": 0.3, "recent": 70.0, "norm": 100.0,  # 1 − 0.3/0.6 = 0.5
    "mau": 7, "seats": 20,  # 7 of 14 = 0.5
    "core": 4, "core_lasting": 3, "depth": 0.75,
    "quiet_days": 14,  # 0.5
    "onboarding": 60.0, "launched": 0.8, "halfway": None, "finished": 0.52,
    "nps": 20.0, "answers": 5,  # 0.6
    "tickets_severe": 1,  # 2/3
}  # fmt: skip


def of(model: HealthModel | None = None, **changes: Any) -> Health:
    return health_of(Signals(**{**WHOLE, **changes}), model or HealthModel())


def part(health: Health, name: str) -> Component:
    return next(one for one in health.components if one.id == name)


def test_all_seven_components_weigh_as_the_table_says() -> None:
    found = of()
    values = {one.id: one.value for one in found.components}
    assert values == pytest.approx(
        {
            "trend": 0.5,
            "breadth": 0.5,
            "depth": 0.75,
            "recency": 0.5,
            "onboarding": 0.6,
            "sentiment": 0.6,
            "support": 2 / 3,
        }
    )
    # 100·(0.3·0.5 + 0.2·0.5 + 0.2·0.75 + 0.1·0.5 + 0.1·0.6 + 0.05·0.6 + 0.05·2/3)
    assert found.score == pytest.approx(57.3333, abs=1e-4)
    assert (found.band, found.coverage, found.override, found.raw) == ("yellow", 1, "", found.score)
    assert sum(one.points for one in found.components) == pytest.approx(found.score)


def test_what_cannot_be_said_is_left_out_and_the_rest_weighs_more() -> None:
    found = of(nps=None, onboarding=None)
    # (0.15 + 0.1 + 0.15 + 0.05 + 0.0333)/0.85
    assert found.score == pytest.approx(100 * 0.483333 / 0.85, abs=1e-3)
    assert found.coverage == pytest.approx(0.85)
    assert part(found, "trend").weight == pytest.approx(0.3 / 0.85)
    assert part(found, "sentiment") == Component("sentiment", None, 0.0, 0.0, {"nps": None, "answers": 5})


def test_without_any_component_there_is_no_score() -> None:
    found = health_of(Signals(), HealthModel())
    assert (found.score, found.band, found.coverage) == (None, "", 0)
    assert [one.id for one in found.components] == list(COMPONENTS)


@pytest.mark.parametrize(
    ("name", "signals", "value"),
    [
        ("trend", {"fell": 0.6}, 0.0),
        ("trend", {"fell": 0.9}, 0.0),
        ("trend", {"fell": -2.0}, 1.0),
        ("breadth", {"mau": 14, "seats": 20}, 1.0),
        ("breadth", {"mau": 30, "seats": 20}, 1.0),
        ("recency", {"quiet_days": 0}, 1.0),
        ("recency", {"quiet_days": 28}, 0.25),
        ("sentiment", {"nps": -100.0}, 0.0),
        ("sentiment", {"nps": 100.0}, 1.0),
        ("support", {"tickets_severe": 0}, 1.0),
        ("support", {"tickets_severe": 4}, 0.0),
        ("onboarding", {"onboarding": 100.0}, 1.0),
    ],
)
def test_components_stay_between_nought_and_one(name: str, signals: dict[str, Any], value: float) -> None:
    assert part(of(**signals), name).value == pytest.approx(value)


BEST: dict[str, Any] = {
    "fell": 0.0, "mau": 20, "core_lasting": 4, "depth": 1.0, "quiet_days": 0, "onboarding": None, "nps": 100.0,
    "tickets_severe": 0,
}  # fmt: skip


def test_a_champion_who_left_or_three_quiet_weeks_hold_it_at_39() -> None:
    assert of(**BEST).score == 100
    left = of(**BEST, contact_gone=True)
    assert (left.score, left.raw, left.band, left.override) == (39, 100, "red", "champion_left")
    quiet = of(**{**BEST, "quiet_days": 21})
    assert (quiet.score, quiet.override) == (39, "no_key_action")
    assert of(**{**BEST, "quiet_days": 20}).override == ""
    low = of(**{**BEST, "fell": 0.6, "mau": 1, "depth": 0.0, "quiet_days": 30, "nps": -100.0})
    assert low.score is not None
    assert low.score == low.raw < 39


def test_bands_end_below_their_bounds_and_a_project_sets_its_own() -> None:
    only = dict.fromkeys(WEIGHTS, 0.0) | {"support": 1.0}
    third = HealthModel(only, red=100 / 3, yellow=100 * 2 / 3)
    assert of(third, tickets_severe=2).score == pytest.approx(100 / 3)
    assert [of(HealthModel(only, 40, 70), tickets_severe=n).band for n in range(4)] == [
        "green",
        "yellow",
        "red",
        "red",
    ]
    assert of(HealthModel(only, 0, 100), tickets_severe=0).band == "green"
    assert of(HealthModel(dict(WEIGHTS), 57, 58)).band == "yellow"


@settings(max_examples=300)
@given(st.builds(Signals, fell=st.none() | st.floats(-3, 1), mau=st.integers(0, 50), seats=st.none() | st.integers(1, 50),
                 depth=st.none() | st.floats(0, 1), quiet_days=st.none() | st.integers(0, 400),
                 nps=st.none() | st.floats(-100, 100), onboarding=st.none() | st.floats(0, 100),
                 tickets_severe=st.none() | st.integers(0, 9), contact_gone=st.none() | st.booleans()),
       st.builds(Signals, fell=st.none() | st.floats(-3, 1), mau=st.integers(0, 50), seats=st.none() | st.integers(1, 50),
                 quiet_days=st.none() | st.integers(0, 400), contact_gone=st.none() | st.booleans()))  # fmt: skip
def test_a_score_is_the_weighted_mean_and_a_change_is_the_sum_of_its_parts(one: Signals, other: Signals) -> None:
    before, after = health_of(one, HealthModel()), health_of(other, HealthModel())
    for health in (before, after):
        said = [c for c in health.components if c.value is not None]
        if health.raw is None:
            assert said == []
            continue
        total = sum(WEIGHTS[c.id] for c in said)
        assert health.raw == pytest.approx(100 * sum(WEIGHTS[c.id] * (c.value or 0) for c in said) / total, abs=1e-6)
        assert health.coverage == pytest.approx(total)
        assert health.score is not None
        assert 0 <= health.score <= 100 + 1e-9
        if health.override:
            assert health.score <= 39
    if before.score is not None and after.score is not None:
        assert sum(d.points for d in deltas(before, after)) == pytest.approx(after.score - before.score, abs=1e-6)
        explain_change(before, after, "en"), explain_change(before, after, "ru")


def test_a_change_of_more_than_ten_points_is_explained_by_its_parts_and_their_numbers() -> None:
    steady = {**BEST, "recent": 102.0, "norm": 102.0}
    fallen = {**steady, "fell": 0.4314, "recent": 58.0, "mau": 10}
    before, after = of(**steady), of(**fallen)
    assert [(d.id, round(d.points, 2)) for d in deltas(before, after)] == [("trend", -23.97), ("breadth", -6.35)]
    assert explain_change(before, after, "en") == (
        "Health fell from 100 to 70: usage fell by 43%: 58 key actions in 7 days, usually 102 (−24, before: usage is as "
        "usual: 102 key actions in 7 days, usually 102); active in 28 days: 10 of 20 seats (−6, before: active in 28 "
        "days: 20 of 20 seats)."
    )
    assert explain_change(before, after, "ru").startswith(
        "Оценка упала с 100 до 70: использование упало на 43\u202f%"
    )
    assert explain_change(after, before, "en").startswith("Health rose from 70 to 100: usage is as usual")


def test_ten_points_are_not_explained_and_an_override_is() -> None:
    assert explain_change(of(), of(tickets_severe=3), "en") == ""
    assert explain_change(Health(), of(), "en") == ""
    gone = explain_change(of(**BEST), of(**BEST, contact_gone=True), "en")
    assert gone == "Health fell from 100 to 39: the main contact is gone: at most 39 (−61)."
    back = explain_change(of(**BEST, contact_gone=True), of(**BEST), "ru")
    assert back == "Оценка выросла с 39 до 100: главный контакт снова появляется (+61)."


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_every_component_has_words_with_and_without_a_value(lang: str) -> None:
    for health in (of(), of(fell=-0.2), of(fell=0.01), of(quiet_days=0), health_of(Signals(), HealthModel())):
        for component in health.components:
            words = component_words(component, lang)
            assert words
            assert "{" not in words
            assert "None" not in words
            assert component_name(component.id, lang)
    assert override_words("", lang) == ""
    assert "39" in override_words("champion_left", lang)
    assert "39" in override_words("no_key_action", lang)


def test_words_agree_with_their_numbers() -> None:
    assert component_words(part(of(quiet_days=1), "recency"), "en") == "last key action 1 day ago"
    assert component_words(part(of(quiet_days=22), "recency"), "ru") == "последнее ключевое действие 22 дня назад"
    assert component_words(part(of(), "onboarding"), "ru") == (
        "индекс внедрения 60 из 100: начали 80\u202f%, из них закончили 52\u202f%"
    )
    assert component_words(part(of(nps=-20.0), "sentiment"), "en") == "NPS −20, answers: 5"
