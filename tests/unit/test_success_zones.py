"""Zones of low activity: each state against cases worked by hand, and who is in it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.known_account import NOW, TODAY, known, person, plan_of
from waypost.model import DAY
from waypost.success.portfolio import weight_of
from waypost.success.zones import STATES, Zone, read_zones, zone_words

CHAIN = {"import": {"steps": [{"event": "begun"}, {"event": "mapped"}, {"event": "done"}], "within": "2d"}}
PLAN = plan_of(
    {
        "features": [
            {"id": "board", "events": ["edit"]},
            {"id": "import", "events": ["begun", "mapped", "done"], "chain": "import", "core": True},
            {"id": "reports", "events": ["report"], "entitlement": "reports"},
        ],
    },
    CHAIN,
)


def zone(feature: str, did: dict[tuple[str, str], list[int]], **more: Any) -> Zone:
    tracked = {("tracked", "edit"): [300], ("tracked", "begun"): [300], ("tracked", "report"): [300]}
    return next(z for z in read_zones(known(PLAN, {**tracked, **did}, **more), None) if z.feature == feature)


ACTIVE = {("ann", ""): [1], ("ben", ""): [2], ("cyd", ""): [27], ("dan", ""): [28]}


def test_a_feature_that_nobody_used_for_28_days_is_unused_by_all_who_are_active() -> None:
    found = zone("board", {**ACTIVE, ("dan", "edit"): [28]})
    assert (found.state, found.who, found.of) == ("unused", ("u:ann", "u:ben", "u:cyd"), 3)
    assert (found.before, found.since) == (2, TODAY - 28)  # dan, and who was there 300 days ago


def test_a_use_within_28_days_makes_it_used() -> None:
    found = zone("board", {**ACTIVE, ("cyd", "edit"): [27]})
    assert (found.state, found.who, found.of, found.since) == ("used", ("u:cyd",), 3, TODAY - 27)


def test_a_feature_whose_events_never_came_has_no_zone() -> None:
    assert read_zones(known(PLAN, ACTIVE), None) == []


def test_a_feature_beyond_the_plan_is_not_entitled_and_shows_who_tried() -> None:
    found = zone("reports", {**ACTIVE, ("ben", "report"): [2]})
    assert (found.state, found.who, found.of, found.worth) == ("not_entitled", ("u:ben",), 3, 0)
    held = zone("reports", {**ACTIVE, ("ben", "report"): [2]}, traits={"entitlements": ["reports"]})
    assert held.state == "used"


def test_people_fell_by_half_when_four_used_it_before_and_two_do_now() -> None:
    before = {(who, "edit"): [40] for who in ("ann", "ben", "cyd", "dan")}
    found = zone("board", {**before, ("ann", "edit"): [40, 3], ("eve", "edit"): [4]})
    assert (found.state, found.who, found.of, found.before) == ("falling", ("u:ben", "u:cyd", "u:dan"), 5, 4)
    three = zone("board", {**before, ("ann", "edit"): [40, 3], ("ben", "edit"): [28, 27], ("eve", "edit"): [4]})
    assert three.state == "used"
    few = {(who, "edit"): [40] for who in ("ann", "ben", "cyd")}
    assert zone("board", {**few, ("eve", "edit"): [4]}).state == "used"


def windows(*sums: int) -> list[int]:
    """Days before today of uses: so many in each window of 14 complete days, the latest first."""
    return [1 + 14 * window + i % 14 for window, many in enumerate(sums) for i in range(many)]


def test_uses_fell_by_half_against_the_median_of_three_windows() -> None:
    found = zone("board", {("ann", "edit"): windows(10, 30, 20, 18)})
    assert (found.state, found.who, found.of) == ("falling", ("u:ann",), 1)
    assert zone("board", {("ann", "edit"): windows(11, 30, 20, 18)}).state == "used"
    assert zone("board", {("ann", "edit"): windows(4, 9, 9, 9)}).state == "used"  # too little to tell
    assert zone("board", {("ann", "edit"): windows(10, 30, 20, 18)}, age=55).state == "used"  # too new to tell


def test_a_chain_that_half_of_those_who_began_did_not_finish_is_abandoned() -> None:
    began = {("ann", "begun"): [5], ("ben", "begun"): [9, 4], ("ann", "done"): [5], ("ben", "mapped"): [4]}
    found = zone("import", began)
    assert (found.state, found.who, found.of) == ("abandoned", ("u:ben",), 2)
    most = {**began, ("cyd", "begun"): [3], ("cyd", "done"): [3]}
    assert zone("import", most).state == "used"  # one of three


def test_whoever_may_still_be_in_time_has_abandoned_nothing() -> None:
    assert zone("import", {("ann", "begun"): [2]}).state == "used"
    assert zone("import", {("ann", "begun"): [3]}).state == "abandoned"
    assert (
        zone("import", {("ann", "begun"): [28], ("ann", "mapped"): [27]}).state == "used"
    )  # begun before these days


def test_what_is_worth_most_is_what_was_lost_by_many_of_a_large_account() -> None:
    before = {(who, "edit"): [40] for who in ("ann", "ben", "cyd", "dan")}
    fell = zone("board", {**before, ("ann", "edit"): [40, 3]})
    assert fell.worth == pytest.approx(0.5 * 1.0 * 3 / 4)  # board is not core: only import is
    unused = zone("import", ACTIVE)
    assert unused.worth == pytest.approx(0.6)
    made = known(PLAN, {**ACTIVE, ("x", "begun"): [300]})
    assert read_zones(made, 999_000)[0].worth == pytest.approx(0.6 * weight_of(999_000))
    assert weight_of(999_000) == pytest.approx(2.5)


def test_young_accounts_and_features_have_nothing_to_catch_up_with() -> None:
    assert zone("board", ACTIVE, age=13).worth == 0
    assert zone("board", ACTIVE, age=14).worth > 0


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_every_state_has_words(lang: str) -> None:
    for state in STATES:
        for people, of, before in ((0, 0, 0), (3, 3, 1), (2, 5, 4)):
            words = zone_words(state, people, of, before, "Reports", lang)
            assert "Reports" in words
            assert "{" not in words
    assert zone_words("falling", 5, 8, 8, "Reports", "en") == "5 of 8 no longer use Reports"
    assert zone_words("unused", 17, 17, 0, "Аналитика", "ru") == "«Аналитика» никто не использовал; активных: 17"


def test_people_who_left_do_not_count_as_active() -> None:
    found = zone("board", {("ann", ""): [1]}, people=[person("ann"), person("gone", here=False)])
    assert found.of == 1
    assert NOW % DAY
