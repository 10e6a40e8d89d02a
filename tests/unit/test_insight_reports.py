"""The formulas of the reports on cases worked by hand, and Kaplan and Meier against statsmodels."""

from __future__ import annotations

from random import Random

import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from waypost.facts.days import monday
from waypost.insight.reports.activation import Newcomer, activation
from waypost.insight.reports.adoption import adoption
from waypost.insight.reports.funnel import funnel
from waypost.insight.reports.onboarding import Attempt, Hit, attempts, health
from waypost.insight.reports.stickiness import YEAR, stickiness
from waypost.insight.reports.support import asked, asked_again
from waypost.insight.reports.survival import kaplan_meier
from waypost.model import DAY, HOUR, MINUTE
from waypost.rules.plan import Chain, Matcher

NOW = 1_800_000_000_000
TODAY = 20_833


def near(value: float) -> object:
    return pytest.approx(value, abs=5e-5)


# -- Kaplan and Meier


def test_kaplan_meier_by_hand() -> None:
    # at 1: 1 of 6 → 5/6; at 3 (one leaves at 2): 1 of 4 → 5/8; at 4: 2 of 3 → 5/24; the last leaves at 9
    curve = kaplan_meier([(1, True), (2, False), (3, True), (4, True), (4, True), (9, False)])
    assert [(point.t, point.survival) for point in curve.points] == [
        (1, near(0.8333)), (3, near(0.6250)), (4, near(0.2083)),
    ]  # fmt: skip
    assert curve.median == 4
    assert [curve.share_by(t) for t in (0, 1, 3.5, 8)] == [0, near(0.1667), near(0.3750), near(0.7917)]
    assert curve.share_by(30) is None  # nobody was watched so long


def test_converters_alone_would_flatter() -> None:
    curve = kaplan_meier([(1, True), (2, True), (10, False), (10, False), (10, False)])
    assert curve.median is None
    assert curve.share_by(10) == near(0.4)


def test_without_anybody_there_is_no_curve() -> None:
    curve = kaplan_meier([])
    assert (curve.points, curve.median, curve.share_by(30)) == ([], None, None)


def test_when_nobody_waits_any_more_the_rest_is_known() -> None:
    assert kaplan_meier([(1, True), (2, True)]).share_by(30) == 1


@pytest.mark.parametrize("seed", range(20))
def test_kaplan_meier_is_that_of_statsmodels(seed: int) -> None:
    rng = Random(seed)
    rows = [(float(rng.randint(1, 30)), rng.random() < 0.6) for _ in range(rng.randint(2, 200))]
    theirs = SurvfuncRight([t for t, _ in rows], [int(happened) for _, happened in rows])
    mine = kaplan_meier(rows)
    assert [point.t for point in mine.points] == list(theirs.surv_times)
    assert [point.survival for point in mine.points] == pytest.approx(list(theirs.surv_prob), abs=1e-12)
    if not any(abs(share - 0.5) < 1e-9 for share in theirs.surv_prob):  # at a half exactly theirs takes the next
        assert mine.median == (None if (m := theirs.quantile(0.5)) != m else m)


# -- active people


def test_stickiness_by_hand() -> None:
    # person 1 every day, 2 on each 7th day, 3 once, 27 days ago: DAU sums to 28 + 4 + 1 = 33
    active = {
        TODAY - ago: {1} | ({2} if ago % 7 == 0 else set()) | ({3} if ago == 27 else set()) for ago in range(28)
    }
    found = stickiness(active, TODAY, TODAY - 30)
    assert found.period.dau == near(1.1786)
    assert (found.period.wau, found.period.mau) == (2, 3)
    assert found.period.stickiness == near(0.3929)
    assert found.year_ago is None
    assert [week.active for week in found.weeks] == [None] * 7 + [0, 3, 2, 2, 2]
    assert {week.year_ago for week in found.weeks} == {None}


def test_a_year_ago_is_the_same_weekdays() -> None:
    active = {TODAY: {1}, TODAY - YEAR: {1, 2}, TODAY - YEAR - 27: {3}, TODAY - YEAR - 28: {4}, TODAY - YEAR + 1: {5}}
    found = stickiness(active, TODAY, TODAY - 2 * YEAR)
    assert found.year_ago is not None
    assert (found.year_ago.mau, found.year_ago.wau, found.year_ago.dau) == (3, 2, near(0.1071))
    assert found.year_ago.stickiness == near(0.0357)
    assert (found.weeks[-1].active, found.weeks[-1].year_ago) == (1, 2)
    assert found.weeks[-1].day == TODAY - 6


def test_a_year_that_the_log_knows_in_part_is_no_comparison() -> None:
    found = stickiness({}, TODAY, TODAY - YEAR - 26)
    assert found.year_ago is None
    assert found.weeks[-1].year_ago == 0  # but its last week is known
    assert found.period.stickiness is None


# -- features


def test_adoption_by_hand() -> None:
    used = {1: (10, 0b1111), 2: (3, 0b0111), 3: (4, 0b0011), 9: (7, 0b1011)}
    found = adoption(used, {1, 2, 3, 4, 5, 6, 9})
    assert (found.adopters, found.active, found.breadth) == (4, 7, near(0.5714))
    assert (found.per_adopter, found.sustained, found.sustained_share) == (5.5, 3, 0.75)
    found = adoption(used, {1, 2, 3, 4, 5, 6, 9}, entitled={1, 2, 3, 4})
    assert (found.adopters, found.active, found.breadth) == (3, 4, 0.75)
    assert found.sustained_share == near(0.6667)


def test_adoption_of_nobody() -> None:
    found = adoption({}, set())
    assert (found.breadth, found.per_adopter, found.sustained_share) == (None, None, None)


# -- new people


def test_activation_counts_who_had_their_time() -> None:
    within = 14 * DAY

    def came(person: int, ago: int, done_after: int | None) -> Newcomer:
        first = NOW - ago * DAY
        return Newcomer(person, first, TODAY - ago, None if done_after is None else first + done_after)

    people = [
        came(1, 20, 3 * DAY),
        came(2, 20, within),  # at the last instant
        came(3, 20, within + 1),
        came(4, 14, None),  # just mature
        came(5, 13, 1 * DAY),  # done, but the cohort is not mature: it would only add those who were quick
        came(6, 13, None),
    ]
    found = activation(people, within, NOW)
    assert (found.people, found.activated, found.immature, found.rate) == (4, 2, 2, 0.5)
    assert found.cohorts == {monday(TODAY - 20): [3, 2], monday(TODAY - 14): [1, 0]}
    assert activation([], within, NOW).rate is None


def test_a_week_begins_on_monday() -> None:
    assert [monday(day) for day in (4, 5, 10, 11)] == [4, 4, 4, 11]  # 5 January 1970 was a Monday


# -- a chain


def names(*events: str) -> tuple[Matcher, ...]:
    return tuple(Matcher((event,)) for event in events)


CHAIN = Chain(names("a", "b", "c"), 30 * MINUTE, unless=names("x"))


def hits(*told: tuple[int, int]) -> list[Hit]:
    return [Hit((NOW + at, "", 0, 0, 0, f"m{at}"), "", (role,), 1, TODAY) for at, role in told]


def test_what_becomes_of_attempts() -> None:
    done = [(0, 0), (MINUTE, 1), (2 * MINUTE, 2)]
    left = [(HOUR, 0), (HOUR + MINUTE, 1)]
    broken = [(3 * HOUR, 0), (3 * HOUR + MINUTE, -1)]
    running = [(5 * HOUR, 0)]
    found = attempts(CHAIN, reversed(hits(*done, *left, *broken, *running)), NOW + 5 * HOUR + MINUTE)
    assert [(one.state, len(one.reached)) for one in found] == [
        ("done", 3), ("abandoned", 2), ("interrupted", 1), ("open", 1),
    ]  # fmt: skip
    later = attempts(CHAIN, hits(*running), NOW + 6 * HOUR)
    assert [one.state for one in later] == ["abandoned"]


def test_onboarding_by_hand() -> None:
    def tried(reached: int, state: str) -> Attempt:
        return Attempt(1, TODAY, [NOW + i * i * MINUTE for i in range(reached)], state)  # type: ignore[arg-type]

    tries = (
        [tried(4, "done")] * 3
        + [tried(3, "abandoned")] * 2
        + [tried(2, "abandoned"), tried(1, "open"), tried(1, "interrupted")]
    )
    found = health(tries, 4, 20)
    assert (found.launches, found.open, found.done, found.abandoned, found.interrupted) == (8, 1, 3, 3, 1)
    assert found.abandonment == near(0.4286)  # 3 of the 7 that are over
    assert [step.reached for step in found.steps] == [8, 6, 5, 3]
    assert [step.share for step in found.steps] == [1, 0.75, 0.625, 0.375]
    assert [step.conversion for step in found.steps] == [None, 0.75, near(0.8333), near(0.6)]
    assert [step.median_ms for step in found.steps] == [None, MINUTE, 3 * MINUTE, 5 * MINUTE]
    assert (found.launch, found.middle, found.finish) == (near(0.4), near(0.6875), 0.375)
    assert found.index == near(47.375)  # 100·(0.2·0.4 + 0.3·0.6875 + 0.5·0.375)


def test_a_chain_of_two_has_no_middle() -> None:
    tries = [Attempt(1, TODAY, [NOW, NOW + 1], "done"), Attempt(2, TODAY, [NOW])]
    found = health(tries, 2, 2)
    assert (found.launch, found.middle, found.finish) == (1, None, 0.5)
    assert found.index == near(64.2857)  # (0.2·1 + 0.5·0.5) / 0.7
    assert health([], 2, 2).index is None


# -- a tip


def test_a_funnel_by_hand() -> None:
    window = 7 * DAY
    met = [
        (1, {"eligible": [1], "viewed": [10], "clicked": [11], "goal": [10 + window]}),
        (2, {"eligible": [1], "viewed": [10], "goal": [11 + window, 5]}),  # too late, too early
        (3, {"eligible": [1], "viewed": [10], "goal": [20]}),  # without a click
        (4, {"eligible": [1], "viewed": [10], "clicked": [12], "held:cap_user_24h": [2]}),  # held back, then seen
        (5, {"eligible": [1], "held:cap_user_24h": [1], "held:paused": [2]}),
        (6, {"eligible": [1], "held:cap_user_24h": [1]}),
        (7, {"eligible": [1], "ghost": [9], "goal": [10]}),
        (8, {"viewed": [3]}),  # became eligible before the period
        (9, {"held:when_false": [3]}),  # never eligible
    ]
    found = funnel(met, window)
    assert found.rates() == [
        ("eligible", 7, None, None), ("viewed", 5, near(0.7143), 1.0), ("engaged", 2, 0.4, 0.4), ("goal", 2, 0.5, 0.4),
    ]  # fmt: skip
    assert found.ghosts == {7}
    assert found.held == {"cap_user_24h": {5, 6}, "paused": {5}}


# -- support


def test_asked_again_needs_the_whole_month() -> None:
    assert asked_again([0, 30 * DAY], 0, 40 * DAY) is True
    assert asked_again([0, 30 * DAY + 1], 0, 40 * DAY) is False
    assert (
        asked_again([20 * DAY, 21 * DAY], 0, 40 * DAY) is None
    )  # it may look true early, but the others wait as long
    assert asked_again([], 0, 40 * DAY) is None
    assert asked_again([5 * DAY, 50 * DAY, 51 * DAY], 10 * DAY, 90 * DAY) is True


def test_requests_before_and_after_a_tip() -> None:
    requests = {
        1: [0, 5 * DAY, 100 * DAY],  # again before, not again after
        2: [0, 100 * DAY, 101 * DAY],  # not again before, again after
        3: [55 * DAY, 56 * DAY],  # too close to the tip to tell
        4: [0, 1 * DAY],  # never saw it
    }
    seen = dict.fromkeys((1, 2, 3), 60 * DAY)
    before, after = (asked(requests, 140 * DAY, seen, after=side) for side in (False, True))
    assert (before.people, before.again, before.early, before.share) == ({1, 2}, {1}, {3}, 0.5)
    assert (after.people, after.again, after.early, after.share) == ({1, 2}, {2}, set(), 0.5)
    everybody = asked(requests, 140 * DAY)
    assert (everybody.people, everybody.again, everybody.share) == ({1, 2, 3, 4}, {1, 3, 4}, 0.75)
